"""The transition tables of payments and subscriptions in full: every status, every verb, everybody."""

import pytest

from app.errors import Problem
from app.payments import lifecycle as payments
from app.payments.model import STATUSES, Payment
from app.subscriptions import lifecycle as subscriptions
from app.subscriptions.model import STATES, Subscription
from tests.cast import ALICE, BOB, OLGA
from tests.payments.till import DECLINES, Till
from tests.rules.house import House

PAYMENTS = """
due        pay       customer  pending
due        pay       clock     pending
due        withdraw  team      withdrawn
due        withdraw  clock     withdrawn
pending    succeed   clock     succeeded
pending    fail      clock     failed
failed     pay       customer  pending
failed     pay       clock     pending
failed     withdraw  team      withdrawn
failed     withdraw  clock     withdrawn
"""
SUBSCRIPTIONS = """
scheduled  charged   clock     active
scheduled  failed    clock     overdue
scheduled  cancel    team      cancelled
scheduled  cancel    customer  cancelled
scheduled  cancel    clock     cancelled
active     charged   clock     active
active     failed    clock     overdue
active     cancel    team      cancelled
active     cancel    customer  cancelled
active     cancel    clock     cancelled
active     end       clock     ended
overdue    charged   clock     active
overdue    failed    clock     overdue
overdue    cancel    team      cancelled
overdue    cancel    customer  cancelled
overdue    cancel    clock     cancelled
"""
EVERYBODY = ("team", "customer", "clock")


def table(text: str) -> dict[tuple[str, str, str], str]:
    rows = [line.split() for line in text.strip().splitlines()]
    return {(state, verb, by): target for state, verb, by, target in rows}


def test_payments_move_as_the_table_says_and_no_other_way() -> None:
    wanted = table(PAYMENTS)
    for status in STATUSES:
        for verb in ("pay", "succeed", "fail", "withdraw", "refund"):
            for by in EVERYBODY:
                payment = Payment(status=status)
                if (status, verb, by) in wanted:
                    assert payments.require(payment, verb, by) == wanted[status, verb, by]  # type: ignore[arg-type]
                else:
                    with pytest.raises(Problem) as caught:
                        payments.require(payment, verb, by)  # type: ignore[arg-type]
                    assert caught.value.code == "conflict"


def test_subscriptions_move_as_the_table_says_and_no_other_way() -> None:
    wanted = table(SUBSCRIPTIONS)
    for state in STATES:
        for verb in ("charged", "failed", "cancel", "end", "resume"):
            for by in EVERYBODY:
                subscription = Subscription(state=state)
                if (state, verb, by) in wanted:
                    target = subscriptions.require(subscription, verb, by)  # type: ignore[arg-type]
                    assert target == wanted[state, verb, by]
                else:
                    with pytest.raises(Problem):
                        subscriptions.require(subscription, verb, by)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", STATUSES)
def test_the_buttons_are_those_of_the_table(status: str) -> None:
    payment = Payment(status=status, kind="request", amount=100, refunded=0)
    open_ones = status in ("due", "failed")
    assert payments.can(payment, "customer") == (["payments.pay"] if open_ones else [])
    assert payments.can(payment, "team") == (["payments.withdraw"] if open_ones else [])
    refundable = ["payments.refund"] if status == "succeeded" else []
    assert [verb for verb in payments.can(payment, "team", is_owner=True) if "refund" in verb] == refundable


async def test_money_verbs_in_every_state_of_an_order(house: House, till: Till) -> None:
    """Asking for something extra is always possible; noting what came in, until an order has ended."""
    for status, verbs in {
        "pending": [], "processing": ["open_chat"], "rejected": ["reject"],
        "confirmed": ["confirm"], "cancelled": ["confirm", "cancel"],
    }.items():  # fmt: skip
        number = await house.place(ALICE, "plate", payment_method="cash")
        for verb in verbs:
            await house.do(BOB, f"orders.{verb}", number)
        order = await house.order(BOB, number)
        assert order["status"] == status
        can = (await house.view(BOB, number)).can
        assert "payments.request" in can
        await house.do(BOB, "payments.request", number, amount=100, text="Extra")
        assert ("payments.record" in can) == (status in ("pending", "processing", "confirmed"))
        if "payments.record" in can:
            await house.do(BOB, "payments.record", number, amount=100)
        else:
            assert (await house.refused(BOB, "payments.record", number, amount=100)).code == "conflict"
        assert (await house.order(BOB, number))["status"] == status
        for verb in ("payments.request", "payments.record"):
            assert (await house.refused(ALICE, verb, number, amount=1, text="x")).code in (
                "forbidden",
                "invalid",
            )


async def test_payment_outcomes_are_unread_for_the_team_and_the_customer(house: House, till: Till) -> None:
    await till.card(number=DECLINES)
    number = await house.place(ALICE, "plate")
    for who in (BOB, OLGA, ALICE):
        await house.do(who, "read", number, seq=100)
    await house.do(BOB, "orders.confirm", number)
    assert (await house.order(BOB, number))["unread"] == 0
    assert (await house.order(ALICE, number))["unread"] == 1  # the confirmation, not yet the outcome
    await till.work()
    assert (await house.order(BOB, number))["unread"] == 1
    assert (await house.order(OLGA, number))["unread"] == 1
    assert (await house.order(ALICE, number))["unread"] == 2
    await till.card()
    [payment] = await till.payments(number)
    for who in (BOB, ALICE):
        await house.do(who, "read", number, seq=100)
    await house.do(ALICE, "payments.pay", number, payment=payment.id)
    await till.work()
    assert (await house.order(BOB, number))["unread"] == 1
    assert (await house.order(ALICE, number))["unread"] == 0  # one's own never count
