"""Every page there is, and who stands before it."""

from typing import Literal, NamedTuple

from app.demo import PEOPLE
from tests.cast import Person

OWNER = Person(PEOPLE["owner"], "team", "owner")
NORA = Person(PEOPLE["customer"], "customer")
BOXES = ("inbox", "pending", "processing", "awaiting", "confirmed", "rejected", "cancelled", "all")
# of the demo: rejected, cancelled, confirmed, with a plan, approved, awaiting, processing, pending by quote
ORDERS = range(1001, 1009)
HERS = (1006, 1009)


class Place(NamedTuple):
    who: Literal["team", "customer", "guest"]
    path: str


PLACES = (
    *(Place("guest", f"/products/{number}") for number in range(1, 7)),
    *(Place("guest", path) for path in ("/", "/orders", "/sign-in", "/sign-in?sent", "/sign-in/used-up")),
    *(Place("guest", path) for path in ("/orders/1006", "/o/forged", "/nowhere", "/desk/sign-in")),
    *(Place("customer", path) for path in ("/", "/orders", "/products/1", "/orders/1005")),
    *(Place("customer", f"/orders/{number}") for number in HERS),
    *(Place("team", f"/desk/{box}") for box in BOXES),
    *(Place("team", f"/desk/orders/{number}?box=all") for number in ORDERS),
    *(Place("team", path) for path in ("/desk/inbox?q=zzzz", "/desk/settings", "/desk/settings?saved")),
    *(Place("team", path) for path in ("/desk/mail", "/desk/mail/1", "/desk/nowhere", "/desk/orders/1")),
)
