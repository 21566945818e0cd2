"""A subscription as its readers see it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.catalogue.views import PlanView, kept_plan
from app.customers.model import shown
from app.money import Money
from app.orders.model import FIRST, Order
from app.orders.views import CustomerView, stamp
from app.payments.views import PaymentView
from app.subscriptions.calendar import monthly_value
from app.subscriptions.model import Subscription
from app.subscriptions.periods import interval_of
from app.subscriptions.recurring import Recurring, recurring


@dataclass(slots=True)
class SubscriptionView:
    """`monthly` is its price brought to a month, rounded; `collected` the sum of what was paid and kept.

    `recurring` is what comes next.
    """

    id: int
    order: str
    title: str
    customer: CustomerView
    plan: PlanView
    next_plan: PlanView | None
    state: str
    starts_on: date
    next_charge_at: datetime | None
    cancel_at: datetime | None
    ends_at: datetime | None
    failed_at: datetime | None
    credit: Money | None
    monthly: Money
    created_at: datetime
    ended_at: datetime | None
    recurring: Recurring
    payments: list[PaymentView] = field(default_factory=list)

    @property
    def collected(self) -> Money:
        kept = sum(
            payment.amount.amount - (payment.refunded.amount if payment.refunded else 0)
            for payment in self.payments
            if payment.status == "succeeded"
        )
        return Money(kept, self.plan.price.currency)

    def as_dict(self) -> dict[str, Any]:
        """The subscription of the API (DESIGN §3)."""
        return {
            "id": self.id,
            "order": self.order,
            "customer": {
                "name": self.customer.name,
                "email": self.customer.email,
                "verified": self.customer.verified,
            },
            "plan": self.plan.as_dict(),
            "next_plan": self.next_plan and self.next_plan.as_dict(),
            "state": self.state,
            "starts_on": self.starts_on.isoformat(),
            "next_charge_at": stamp(self.next_charge_at),
            "cancel_at": stamp(self.cancel_at),
            "payments": [payment.as_dict() for payment in self.payments],
        }


def subscription_view(subscription: Subscription, order: Order, email: str) -> SubscriptionView:
    plan = kept_plan(subscription.plan)
    assert plan is not None
    currency = plan.price.currency
    value = monthly_value(plan.price.amount, interval_of(subscription.plan))
    return SubscriptionView(
        id=subscription.id,
        order=str(subscription.order_id + FIRST),
        title=subscription.title,
        customer=CustomerView(order.customer_name, shown(email), order.verified),
        plan=plan,
        next_plan=kept_plan(subscription.next_plan),
        state=subscription.state,
        starts_on=subscription.starts_on,
        next_charge_at=subscription.next_charge_at,
        cancel_at=subscription.cancel_at,
        ends_at=subscription.ends_at,
        failed_at=subscription.failed_at,
        credit=Money(subscription.credit, currency) if subscription.credit else None,
        monthly=Money(round(value), currency),
        created_at=subscription.created_at,
        ended_at=subscription.ended_at,
        recurring=recurring(subscription),
    )
