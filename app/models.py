"""Every table there is: importing this fills the metadata."""

from app.analytics.model import CountedOrder, CountedSubscription, Tally, TallyMove
from app.attachments.model import Attachment
from app.audit.model import Record
from app.baskets.model import Basket
from app.catalogue.model import Picture, Plan, Product
from app.customers.model import AddressChange, Customer
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
from app.legal.model import LegalText
from app.mail.model import Mail, MailOrder, Notice
from app.messages.model import Amendment
from app.notifications.model import NotificationSetting
from app.operations.model import Heartbeat, JobTally
from app.orders.model import BoxTally, EntryRow, Line, Order, OrderText
from app.payments.model import Attempt, Card, CardSetup, GatewayEvent, Payment, Refund
from app.privacy.model import Erasure
from app.push.model import Push, PushPosition, PushSubscription
from app.quotes.model import Quote, QuoteTemplate
from app.replies.model import CannedReply
from app.shop import Fact
from app.subscriptions.model import Subscription
from app.team.model import Grant, Invitation, Member, RecoveryCode, Session, SignInLink, Token
from app.unread.model import Reading
from app.webhooks.model import Delivery, Webhook

__all__ = [
    "AddressChange",
    "Amendment",
    "Attachment",
    "Attempt",
    "BankCall",
    "BankCharge",
    "BankEvent",
    "BankFault",
    "BankMethod",
    "BankRefund",
    "BankSetup",
    "Basket",
    "BoxTally",
    "CannedReply",
    "Card",
    "CardSetup",
    "CountedOrder",
    "CountedSubscription",
    "Customer",
    "Delivery",
    "EntryRow",
    "Erasure",
    "Fact",
    "GatewayEvent",
    "Grant",
    "Heartbeat",
    "Invitation",
    "JobTally",
    "Label",
    "LegalText",
    "Line",
    "Mail",
    "MailOrder",
    "Member",
    "Notice",
    "NotificationSetting",
    "Order",
    "OrderLabel",
    "OrderText",
    "Payment",
    "Picture",
    "Plan",
    "Product",
    "Push",
    "PushPosition",
    "PushSubscription",
    "Quote",
    "QuoteTemplate",
    "Reading",
    "Record",
    "RecoveryCode",
    "Refund",
    "Session",
    "SignInLink",
    "Subscription",
    "Tally",
    "TallyMove",
    "Token",
    "Webhook",
]
