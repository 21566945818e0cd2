"""Stripe's objects in our words, where the server of the tests has too few of them."""

from typing import Any

import pytest

from app.payments import stripe_answers as answers
from app.payments.gateway import Outcome, Refunded, SavedCard


def intent(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "pi_1", "amount": 4800, "currency": "eur", "status": status, **more}


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("requires_confirmation", "prepared"),
        ("requires_action", "action"),
        ("processing", "processing"),
        ("requires_capture", "processing"),
        ("succeeded", "succeeded"),
        ("requires_payment_method", "failed"),
        ("canceled", "failed"),
        ("a_status_of_next_year", "processing"),
    ],
)
def test_every_status_has_a_meaning_and_an_unknown_one_no_outcome(status: str, ours: str) -> None:
    assert answers.outcome(intent(status)).status == ours


def test_the_failure_of_an_earlier_try_is_no_failure_of_this_one() -> None:
    error = {"code": "card_declined", "decline_code": "lost_card"}
    paid = answers.outcome(intent("succeeded", last_payment_error=error))
    assert paid == Outcome("succeeded", "pi_1", 4800, "EUR")


@pytest.mark.parametrize(
    ("error", "code", "hard"),
    [
        ({"code": "card_declined", "decline_code": "stolen_card"}, "stolen_card", True),
        ({"code": "card_declined", "decline_code": None}, "card_declined", False),
        ({"code": "expired_card"}, "expired_card", True),
        ({"code": "authentication_required"}, "authentication_required", False),
        ({"decline_code": "do_not_honor", "advice_code": "do_not_try_again"}, "do_not_honor", True),
        ({"decline_code": "do_not_honor", "advice_code": "try_again_later"}, "do_not_honor", False),
        ({}, "requires_payment_method", False),
        (None, "requires_payment_method", False),
    ],
)
def test_the_banks_reason_says_whether_to_try_again(
    error: dict[str, Any] | None, code: str, hard: bool
) -> None:
    failed = answers.outcome(intent("requires_payment_method", last_payment_error=error))
    assert (failed.code, failed.hard) == (code, hard)


@pytest.mark.parametrize(
    ("status", "reason", "ours", "code"),
    [
        ("pending", None, "processing", ""),
        ("requires_action", None, "processing", ""),
        ("succeeded", None, "succeeded", ""),
        ("failed", "lost_or_stolen_card", "failed", "lost_or_stolen_card"),
        ("canceled", None, "failed", "canceled"),
        ("a_status_of_next_year", None, "processing", ""),
    ],
)
def test_a_refund_may_take_its_time_and_fail(status: str, reason: str | None, ours: str, code: str) -> None:
    refund = {"id": "re_1", "status": status, "failure_reason": reason}
    assert answers.refunded(refund) == Refunded(ours, "re_1", code)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("brand", "ours"),
    [
        ("visa", "Visa"),
        ("mastercard", "Mastercard"),
        ("amex", "American Express"),
        ("jcb", "JCB"),
        ("unknown", "Card"),
        ("a_new_one", "A New One"),
    ],
)
def test_a_card_has_the_name_that_its_holder_knows(brand: str, ours: str) -> None:
    method = {"id": "pm_1", "card": {"brand": brand, "last4": "0004", "exp_month": 4, "exp_year": 2030}}
    assert answers.saved_card(method, "cus_1") == SavedCard("pm_1", "cus_1", ours, "0004", "2030-04")
