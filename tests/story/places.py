"""Every page there is, and who stands before it."""

from typing import Literal, NamedTuple

from app.demo_scenes import PEOPLE
from tests.cast import Person

OWNER = Person(PEOPLE["owner"], "team", "owner")
NORA = Person(PEOPLE["customer"], "customer")
BOXES = ("inbox", "snoozed", "pending", "processing", "awaiting", "confirmed", "rejected", "cancelled", "all")
# of the demo: in every box, paid, unpaid and overdue
ORDERS = range(1001, 1013)
HERS = (1002, 1009, 1012)
STATES = ("scheduled", "overdue", "inactive")
RANGES = ("", "?from=2001-01-01&to=2001-12-31", "?from=2001-12-31&to=2001-01-01")
RECEIPTS = ("1005/payments/4", "1006/payments/5")


class Place(NamedTuple):
    who: Literal["team", "customer", "guest"]
    path: str


PLACES = (
    *(Place("guest", f"/products/{number}") for number in range(1, 7)),
    *(Place("guest", path) for path in ("/", "/orders", "/sign-in", "/sign-in?sent", "/sign-in/used-up")),
    *(Place("guest", path) for path in ("/orders/1007", "/o/forged", "/nowhere", "/desk/sign-in")),
    *(Place("customer", path) for path in ("/", "/orders", "/products/1", "/orders/1006")),
    *(Place("customer", f"/orders/{number}") for number in HERS),
    *(Place("team", f"/desk/{box}") for box in BOXES),
    *(Place("team", f"/desk/orders/{number}?box=all") for number in ORDERS),
    *(Place("team", path) for path in ("/desk/inbox?q=zzzz", "/desk/settings", "/desk/settings?saved")),
    *(Place("team", path) for path in ("/desk/all?label=rush&unread=1", "/desk/inbox?q=oak&assignee=me")),
    *(Place("team", f"/desk/subscriptions?state={state}") for state in STATES),
    *(Place("team", f"/desk/subscriptions{path}") for path in ("", "?q=zzzz", "/1", "/2", "/3")),
    *(Place("team", path) for path in ("/desk/plans", "/desk/settings/money", "/desk/settings/money?saved")),
    *(
        Place("team", f"/desk/settings/{path}")
        for path in (
            "shop",
            "shop?saved",
            "embed",
            "labels",
            "replies",
            "shortcuts",
            "team",
            "team?invited",
            "audit",
            "two-factor",
        )
    ),
    Place("team", "/desk/settings/audit?kind=data"),
    *(Place("team", f"/desk/settings/quotes{path}") for path in ("", "?saved", "?archived=1", "/new", "/1")),
    Place("guest", "/join/used-up"),
    *(Place("guest", path) for path in ("/?category=Signs", "/basket")),
    *(Place("team", f"/desk/orders/new{query}") for query in ("", "?customer=1")),
    *(Place("guest", path) for path in ("/terms", "/privacy", "/imprint", "/terms/1")),
    *(Place("team", f"/desk/settings/shop/texts/{kind}") for kind in ("terms", "imprint")),
    *(Place("team", f"/desk/catalogue{path}") for path in ("", "/new", "/1", "/3", "/5", "/1/preview")),
    *(Place("team", f"/desk/orders/{path}/receipt") for path in RECEIPTS),
    *(Place("team", f"/desk/analytics{query}") for query in RANGES),
    *(Place("team", path) for path in ("/desk/settings/tokens", "/desk/settings/tokens?revoked")),
    Place("customer", "/account/tokens"),
    Place("customer", "/account/notifications"),
    *(Place("team", f"/desk/settings/notifications{query}") for query in ("", "?saved")),
    *(Place("customer", f"/account{path}") for path in ("", "?saved", "/delete", "/deleted")),
    Place("guest", "/account/email/used-up"),
    *(Place("team", f"/desk/customers{path}") for path in ("", "?q=zzzz", "/1", "/4")),
    *(Place("team", path) for path in ("/desk/mail", "/desk/mail/1", "/desk/nowhere", "/desk/orders/1")),
)
