"""Webhooks: signed or refused, accepted once, and never believed: what happened is asked."""

from datetime import timedelta

import httpx2
import orjson
import pytest
from sqlalchemy import select

from app.demo_bank.faults import switch_on
from app.demo_bank.webhooks import sign
from app.jobs import Worker
from app.payments.model import GatewayEvent
from tests.cast import ALICE, BOB
from tests.payments.till import Till
from tests.rules.conftest import Door
from tests.rules.house import SECRET, House

WRONG = {"unsigned", "forged", "stale", "early", "no json"}


@pytest.fixture
async def pending(house: House, till: Till) -> tuple[str, str]:
    """An order whose charge the bank takes its time with, and the charge's ref."""
    await till.card()
    number = await house.place(ALICE, "plate")
    await house.do(BOB, "orders.confirm", number)
    await switch_on(house.db, "slow", seconds=3600)
    await till.work()
    [attempt] = await till.attempts(number)
    assert attempt.ref is not None
    return number, attempt.ref


def event(ref: str, kind: str = "charge", key: str = "event_1", at: int = 0) -> bytes:
    return orjson.dumps({"id": key, "kind": kind, "ref": ref, "at": at})


async def bring(client: httpx2.AsyncClient, house: House, body: bytes, **ago: float) -> int:
    headers = sign(SECRET, body, house.db.clock() - timedelta(**ago))
    return (await client.post("/webhooks/demo", content=body, headers=headers)).status_code


@pytest.mark.parametrize("how", sorted(WRONG))
async def test_what_the_bank_did_not_sign_is_refused(
    house: House, door: Door, pending: tuple[str, str], how: str
) -> None:
    body, client = event(pending[1]), door()
    if how == "unsigned":
        status = (await client.post("/webhooks/demo", content=body)).status_code
    elif how == "forged":
        headers = sign("another secret", body, house.db.clock())
        status = (await client.post("/webhooks/demo", content=body, headers=headers)).status_code
    elif how == "no json":
        status = (
            await client.post("/webhooks/demo", content=b"{", headers={"Demo-Bank-Signature": "t=1,v1=x"})
        ).status_code
    else:
        status = await bring(client, house, body, minutes=10 if how == "stale" else -10)
    assert status == 400
    assert await accepted(house) == []


async def test_an_event_is_accepted_once(house: House, door: Door, pending: tuple[str, str]) -> None:
    for _ in range(3):
        assert await bring(door(), house, event(pending[1])) == 200
    assert await accepted(house) == ["event_1"]


async def test_an_event_says_when_to_ask_and_never_what_happened(
    house: House, door: Door, till: Till, pending: tuple[str, str]
) -> None:
    """The bank itself has not charged yet, whatever the event claims to know."""
    number, ref = pending
    assert await bring(door(), house, event(ref)) == 200
    await till.work()
    assert (await house.order(ALICE, number))["payment_status"] == "pending"
    await till.work(hours=2)
    assert (await house.order(ALICE, number))["payment_status"] == "paid"


@pytest.mark.parametrize("kind", ["charge", "refund", "setup"])
async def test_unknown_refs_are_accepted_and_mean_nothing(house: House, door: Door, kind: str) -> None:
    assert await bring(door(), house, event("nobody_knows", kind)) == 200


async def test_events_out_of_order_change_nothing(
    house: House, door: Door, till: Till, pending: tuple[str, str]
) -> None:
    number, ref = pending
    await till.work(hours=2)
    before = await house.state(number)
    for at in (3, 1, 2):
        assert await bring(door(), house, event(ref, key=f"late_{at}", at=at)) == 200
    await till.work(hours=3)
    after = await house.state(number)
    assert after["payments"] == before["payments"] and after["entries"] == before["entries"]


async def test_a_duplicate_of_every_event_charges_once(house: House, till: Till) -> None:
    await till.card()
    await switch_on(house.db, "duplicate", times=20)
    number = await till.confirmed()
    await till.work(hours=1)
    assert await till.moved(number) == 4_900
    assert len([kind for kind, _ in await house.letters(number) if kind == "payment_received"]) == 1


async def test_another_gateways_door_is_closed(house: House, door: Door) -> None:
    for name in ("stripe", "paypal"):
        answer = await door().post(f"/webhooks/{name}", content=b"{}")
        assert answer.status_code == 404


async def test_without_any_webhook_the_outcome_is_still_learnt(
    house: House, till: Till, pending: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(worker: Worker, now: object) -> int:
        return 0

    monkeypatch.setattr(Worker, "deliver_events", nothing)
    later = house.db.clock() + timedelta(hours=2)
    async with till.at(later):
        await till.work(later)
    assert [attempt.status for attempt in await till.attempts(pending[0])] == ["succeeded"]
    assert await accepted(house) == []


async def accepted(house: House) -> list[str]:
    async with house.db.read() as session:
        return list(await session.scalars(select(GatewayEvent.id).where(GatewayEvent.kind == "charge")))
