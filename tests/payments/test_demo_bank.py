"""The demo bank as a gateway: which cards it takes, and that it moves money once."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.db import Base
from app.demo_bank import charges, setups
from app.demo_bank.cards import KNOWN, MISTYPED, PERHAPS_REAL, SPECIMENS, CardNumber, is_number
from app.demo_bank.gateway import DemoBank
from app.demo_bank.model import BankEvent
from app.errors import Problem
from app.payments.gateway import Charge, GatewayRefused, Outcome, SavedCard, SetupRequest
from app.verb import validate

PAYS, ASKS, DECLINES = "4242424242424242", "4000000000003220", "4000000000000341"
BACK = "http://127.0.0.1:8000/orders/1001"
REQUEST = SetupRequest("setup-1", None, "alice@example.org", "en", BACK)
OUTCOMES = {
    "4242424242424242": ("succeeded", "", False, "Visa"),
    "5555555555554444": ("succeeded", "", False, "Mastercard"),
    "4000000000000341": ("failed", "card_declined", False, "Visa"),
    "4000000000009995": ("failed", "insufficient_funds", False, "Visa"),
    "4000000000003220": ("failed", "authentication_required", False, "Visa"),
    "4000000000009979": ("failed", "stolen_card", True, "Visa"),
}


def charge_of(card: SavedCard, amount: int = 48_000, **more: Any) -> Charge:
    wanted = Charge(str(uuid4()), amount, "EUR", card.payer, card.ref, "1042", 7)
    return replace(wanted, **more)


async def saved(bank: DemoBank, number: str = PAYS) -> SavedCard:
    return await bank.save(number, str(uuid4()))


async def prepared(bank: DemoBank, number: str = PAYS, amount: int = 48_000) -> str:
    return await bank.prepare(charge_of(await saved(bank, number), amount))


async def charged(
    bank: DemoBank, number: str = PAYS, amount: int = 48_000, back: str | None = None
) -> Outcome:
    return await bank.charge(await prepared(bank, number, amount), str(uuid4()), back)


async def give_card(bank: DemoBank, ref: str, number: str = PAYS) -> bool:
    """As the customer does on the bank's page."""
    async with bank.db.transaction() as tx:
        return await setups.finish(tx, ref, number) is not None


async def decide(bank: DemoBank, ref: str, approved: bool) -> bool:
    async with bank.db.transaction() as tx:
        return await charges.decide(tx, ref, approved=approved) is not None


async def events(bank: DemoBank, ref: str) -> int:
    async with bank.db.read() as session:
        mine = select(func.count()).select_from(BankEvent).where(BankEvent.ref == ref)
        return await session.scalar(mine) or 0


async def refusal(doing: Any) -> str:
    with pytest.raises(GatewayRefused) as caught:
        await doing
    return caught.value.code


def refused(number: Any) -> tuple[str, str]:
    with pytest.raises(Problem) as caught:
        validate(CardNumber, {"number": number})
    (error,) = caught.value.errors
    assert (caught.value.status, error.field) == (422, "number")
    return error.code, error.detail


# Numbers


@pytest.mark.parametrize("number", OUTCOMES)
async def test_every_number_does_what_it_is_known_for(bank: DemoBank, number: str) -> None:
    status, code, hard, brand = OUTCOMES[number]
    card = await saved(bank, number)
    assert (card.brand, card.last4) == (brand, number[-4:])
    assert card.expires == f"{bank.db.clock().year + 2}-{bank.db.clock().month:02}"
    ref = await bank.prepare(charge_of(card))
    assert await bank.look_up(ref) == Outcome("prepared", ref, 48_000, "EUR")
    outcome = await bank.charge(ref, "a", None)
    assert outcome == Outcome(status, ref, 48_000, "EUR", code, hard)  # type: ignore[arg-type]
    assert await bank.look_up(ref) == outcome


def test_the_known_numbers_are_all_there_are() -> None:
    assert set(KNOWN) == set(OUTCOMES)
    assert all(is_number(specimen.digits) for specimen in SPECIMENS)
    for sentence in (MISTYPED, PERHAPS_REAL):
        assert [digits for digits in KNOWN if digits not in sentence] == []


@pytest.mark.parametrize("typed", [" 4242 4242 4242 4242 ", "4242-4242-4242-4242", "4242\u00a042424242 4242"])
def test_spaces_and_dashes_may_be_typed(typed: str) -> None:
    card: Any = validate(CardNumber, {"number": typed})
    assert card.number == PAYS


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4242 4242 4242 4241", "no_card_number"), ("42424242424", "no_card_number"),
        ("4242 4242 4242 424x", "no_card_number"), ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "no_card_number"),
        ("\x00", "no_card_number"), ("4" * 59, "no_card_number"), ("-42", "no_card_number"),
        ("4111 1111 1111 1111", "no_test_number"), ("3782-822463-10005", "no_test_number"),
        ("", "missing"), (" - ", "missing"), ("4" * 61, "string_too_long"),
        (4242424242424242, "string_type"), (None, "string_type"), (["4242424242424242"], "string_type"),
    ],
)  # fmt: skip
def test_any_other_number_is_refused_and_told_which_work(number: Any, code: str) -> None:
    found, detail = refused(number)
    assert found == code
    if code.startswith("no_"):
        assert PAYS in detail and DECLINES in detail


@given(st.text("0123456789 -", max_size=24) | st.sampled_from([*KNOWN]))
def test_no_number_but_the_known_is_ever_accepted(typed: str) -> None:
    digits = typed.replace(" ", "").replace("-", "")
    if digits in KNOWN:
        validate(CardNumber, {"number": typed})
    else:
        refused(typed)


async def test_the_number_is_not_kept(bank: DemoBank) -> None:
    setup = await bank.setup(REQUEST)
    assert await give_card(bank, setup.ref)
    await charged(bank)
    async with bank.db.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name.startswith("bank_"):
                rows = (await session.execute(select(table))).all()
                assert PAYS not in repr(rows)


# Saving a card


async def test_the_same_key_opens_the_same_page(bank: DemoBank) -> None:
    setup = await bank.setup(REQUEST)
    assert await bank.setup(REQUEST) == setup
    assert setup.url.startswith("http://127.0.0.1:8000/demo-bank/cards/")
    assert bank.named("cards", setup.url.rpartition("/")[2]) == setup.ref
    assert await bank.setup(replace(REQUEST, key="setup-2")) != setup
    assert await refusal(bank.setup(replace(REQUEST, email="carol@example.org"))) == "idempotency_error"


async def test_a_card_is_there_once_it_was_given(bank: DemoBank) -> None:
    setup = await bank.setup(REQUEST)
    assert await bank.saved_card(setup.ref) is None
    assert await give_card(bank, setup.ref)
    card = await bank.saved_card(setup.ref)
    assert card and (card.brand, card.last4) == ("Visa", "4242")
    assert await bank.saved_card("setup_unknown") is None
    assert await events(bank, setup.ref) == 1


async def test_a_page_saves_one_card(bank: DemoBank) -> None:
    setup = await bank.setup(REQUEST)
    given_ = await asyncio.gather(*[give_card(bank, setup.ref) for _ in range(5)])
    assert given_ == [True] * 5
    before = await bank.saved_card(setup.ref)
    assert not await give_card(bank, setup.ref, DECLINES)
    assert await bank.saved_card(setup.ref) == before
    assert await events(bank, setup.ref) == 1


async def test_a_payer_is_known_again(bank: DemoBank) -> None:
    first = await saved(bank)
    setup = await bank.setup(replace(REQUEST, payer=first.payer))
    await give_card(bank, setup.ref, DECLINES)
    second = await bank.saved_card(setup.ref)
    assert second and (second.payer, second.ref != first.ref) == (first.payer, True)


async def test_a_card_without_a_page_is_saved_once_per_key(bank: DemoBank) -> None:
    same = await asyncio.gather(*[bank.save(PAYS, "key") for _ in range(4)])
    assert len(set(same)) == 1
    assert await bank.save(PAYS, "other key") not in same
    assert await refusal(bank.save(DECLINES, "key")) == "idempotency_error"


async def test_a_forgotten_card_pays_nothing(bank: DemoBank) -> None:
    card = await saved(bank)
    ref = await bank.prepare(charge_of(card))
    await bank.forget(card)
    await bank.forget(card)
    outcome = await bank.charge(ref, "a", None)
    assert (outcome.status, outcome.code, outcome.hard) == ("failed", "card_gone", True)
    assert await refusal(bank.prepare(charge_of(card))) == "card_gone"
