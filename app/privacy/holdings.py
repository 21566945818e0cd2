"""All that holds personal data of customers, and for every other table why it holds none."""

from app import models
from app.attachments.personal import HELD as ATTACHMENTS
from app.audit.personal import HELD as AUDIT
from app.customers.personal import HELD as CUSTOMERS
from app.db import Base
from app.demo_bank.personal import HELD as DEMO_BANK
from app.mail.personal import HELD as MAIL
from app.orders.personal import HELD as ORDERS
from app.payments.personal import HELD as PAYMENTS
from app.privacy.holding import Holding
from app.push.personal import HELD as PUSHES
from app.quotes.personal import HELD as QUOTES
from app.subscriptions.personal import HELD as SUBSCRIPTIONS
from app.team.personal import HELD as ACCESS
from app.webhooks.personal import HELD as WEBHOOKS

# in this order: what finds its rows by another's comes before that is erased
HOLDINGS: tuple[Holding, ...] = (
    MAIL,
    WEBHOOKS,
    QUOTES,
    SUBSCRIPTIONS,
    PAYMENTS,
    DEMO_BANK,
    ATTACHMENTS,
    ORDERS,
    PUSHES,
    ACCESS,
    AUDIT,
    CUSTOMERS,
)

NOTHING: dict[type[Base], str] = {
    models.Basket: "what a browser collects before it says whose it is; swept when it is left alone",
    models.BankCall: "keys and digests of requests",
    models.BankCharge: "an amount under a reference of its own",
    models.BankEvent: "references of the demo bank",
    models.BankFault: "what tests switched on",
    models.BankRefund: "an amount under a reference of its own",
    models.BoxTally: "numbers of orders in a box",
    models.CannedReply: "what the team answers often",
    models.CountedOrder: "an order's sums and days, for the analytics",
    models.CountedSubscription: "a subscription's state and debt, for the analytics",
    models.Erasure: "a deletion itself: keys of files until they are gone, of nobody afterwards",
    models.Fact: "the shop's settings",
    models.GatewayEvent: "references of the gateway",
    models.Heartbeat: "workers",
    models.Invitation: "people who are asked to join the team",
    models.JobTally: "what workers did",
    models.Label: "words that the team files orders under",
    models.LegalText: "what the shop itself wrote",
    models.Member: "the team",
    models.OrderLabel: "which of the team's words an order was filed under",
    models.Picture: "the catalogue",
    models.Plan: "the catalogue",
    models.Product: "the catalogue",
    models.QuoteTemplate: "what the team starts quotes from",
    models.Reading: "how far members have read",
    models.RecoveryCode: "members' second factor",
    models.Tally: "sums of days",
    models.TallyMove: "sums of days",
    models.Webhook: "addresses of the shop's own programs",
}
