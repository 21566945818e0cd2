"""Every table there is: importing this fills the metadata."""

from app.catalogue.model import Plan, Product
from app.customers.model import Customer
from app.demo_bank.model import (
    BankCall,
    BankCharge,
    BankEvent,
    BankFault,
    BankMethod,
    BankRefund,
    BankSetup,
)
from app.labels.model import Label, OrderLabel
from app.mail.model import Mail, Notice
from app.orders.model import BoxTally, EntryRow, Line, Order, OrderText
from app.quotes.model import Quote
from app.shop import Fact
from app.team.model import Grant, Member, Session, SignInLink, Token
from app.unread.model import Reading

__all__ = [
    "BankCall",
    "BankCharge",
    "BankEvent",
    "BankFault",
    "BankMethod",
    "BankRefund",
    "BankSetup",
    "BoxTally",
    "Customer",
    "EntryRow",
    "Fact",
    "Grant",
    "Label",
    "Line",
    "Mail",
    "Member",
    "Notice",
    "Order",
    "OrderLabel",
    "OrderText",
    "Plan",
    "Product",
    "Quote",
    "Reading",
    "Session",
    "SignInLink",
    "Token",
]
