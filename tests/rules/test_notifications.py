"""What everybody chose to be told of: the table, quiet hours, and that nothing is told to nobody."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.mail.notices import notify
from app.notifications.choices import EVERY_DAY, Choices, Quiet
from app.notifications.events import CHANNELS, EVENTS, events_of, for_member, topic_of, word
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.push.conftest import Asked, asked, chooses, chooses_all, later, service
from tests.rules.conftest import Door
from tests.rules.house import House, member_id
from tests.rules.windows import sign_in

__all__ = ["asked", "service"]
BERLIN = ZoneInfo("Europe/Berlin")
WEEKEND = frozenset({5, 6})


def quiet(begins: str, ends: str, days: frozenset[int] = EVERY_DAY) -> Quiet:
    return Quiet(time.fromisoformat(begins), time.fromisoformat(ends), days, BERLIN)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (quiet("20:00", "07:00"), "2026-11-25T19:59", None),
        (quiet("20:00", "07:00"), "2026-11-25T20:00", "2026-11-26T07:00"),
        (quiet("20:00", "07:00"), "2026-11-26T06:59", "2026-11-26T07:00"),
        (quiet("20:00", "07:00"), "2026-11-26T07:00", None),
        (quiet("12:00", "13:00"), "2026-11-25T12:30", "2026-11-25T13:00"),
        # Friday's night belongs to Friday, which is not quiet here
        (quiet("20:00", "07:00", WEEKEND), "2026-11-28T03:00", None),
        (quiet("20:00", "07:00", WEEKEND), "2026-11-30T03:00", "2026-11-30T07:00"),
        # the whole weekend
        (quiet("00:00", "00:00", WEEKEND), "2026-11-28T10:00", "2026-11-30T00:00"),
        # the night in which the clocks go back has an hour more
        (quiet("20:00", "07:00"), "2026-10-24T23:00", "2026-10-25T07:00"),
        (quiet("20:00", "07:00"), "2026-03-28T23:00", "2026-03-29T07:00"),
    ],
)
def test_quiet_hours(hours: Quiet, now: str, until: str | None) -> None:
    assert hours.until(at(now)) == (until and at(until))


def test_quiet_at_all_times_is_not_for_ever() -> None:
    now = at("2026-11-25T12:00")
    until = quiet("00:00", "00:00").until(now)
    assert until is not None and until - now < timedelta(days=9)


def test_every_event_has_a_word_and_a_default_that_is_offered() -> None:
    for event in EVENTS.values():
        assert word(event.name) and event.default <= event.offered <= set(CHANNELS)


@pytest.mark.parametrize(
    ("kind", "role", "data", "team", "customer"),
    [
        ("placed", "customer", {}, "new_order", None),
        ("message", "customer", {"text": "x"}, "message", None),
        ("message", "member", {"text": "x"}, None, "message"),
        ("note", "member", {"text": "x"}, None, None),
        ("label", "member", {}, None, None),
        ("assigned", "member", {}, None, None),
        ("edit", "member", {}, None, None),
        ("quote", "member", {"version": 1}, None, "quote"),
        ("quote_decision", "customer", {"status": "approved"}, "decision", None),
        ("quote_decision", "customer", {"status": "sent", "decision": "countered"}, "counter_offer", None),
        ("quote_decision", "system", {"status": "expired"}, None, None),
        ("payment", "system", {"status": "failed"}, "payment_failed", "progress"),
        ("payment", "system", {"status": "succeeded"}, "payment_paid", "progress"),
        ("payment", "system", {"status": "pending"}, None, None),
        ("status", "customer", {"verb": "cancel"}, "cancelled", None),
        ("status", "member", {"verb": "confirm"}, None, "progress"),
        ("status", "member", {"verb": "done"}, None, None),
    ],
)
def test_what_an_entry_is_to_each_side(
    kind: str, role: str, data: dict[str, Any], team: str | None, customer: str | None
) -> None:
    assert topic_of(kind, role, data, "team") == team
    assert topic_of(kind, role, data, "customer") == customer


def test_a_message_is_another_event_to_the_assignee() -> None:
    assert [for_member("message", who, 1) for who in (1, None, 2)] == [
        "message_mine", "message_unassigned", "message_others",
    ]  # fmt: skip
    assert [for_member("decision", who, 1) for who in (1, None, 2)] == ["decision", "decision", None]
    assert [for_member("decision", who, 1, 2) for who in (1, None, 2)] == ["decision"] * 3


@pytest.mark.parametrize("event", [event.name for event in events_of("team")])
@pytest.mark.parametrize("channel", CHANNELS)
def test_each_cell_of_the_table_is_its_own(event: str, channel: Any) -> None:
    on, off = Choices({event: [channel]}), Choices({event: [c for c in CHANNELS if c != channel]})
    assert on.wants(event, channel) and not off.wants(event, channel)
    for other in (e.name for e in events_of("team") if e.name != event):
        assert on.wants(other, channel) == Choices().wants(other, channel)


# The page


async def test_what_is_chosen_is_kept_and_shown(house: House, door: Door) -> None:
    window = door()
    await sign_in(window, house, BOB)
    form = {"new_order": ["mail", "push"], "decision": "screen", "zone": "Europe/Lisbon", "sounds": "on"}
    form |= {"quiet_from": "22:30", "quiet_until": "06:00", "quiet_days": ["0", "6"]}
    saved = await window.post("/desk/settings/notifications", data=form)
    assert saved.status_code == 303
    page = (await window.get("/desk/settings/notifications")).text
    for box in ('name="new_order" value="mail" checked', 'name="decision" value="screen" checked'):
        assert box in page
    for box in ('name="new_order" value="screen" checked', 'name="payment_failed" value="mail" checked'):
        assert box not in page
    assert 'value="22:30"' in page and 'value="Europe/Lisbon"' in page
    assert page.count('name="quiet_days"') == 7 and page.count("quiet_days") >= 7
    other = door()
    await sign_in(other, house, OLGA)
    assert 'name="new_order" value="screen" checked' in (await other.get("/desk/settings/notifications")).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"zone": ""},
        {"quiet_from": "25:00", "quiet_until": "06:00"},
        {"quiet_from": "soon", "quiet_until": "06:00"},
        {"quiet_from": "20:00"},
        {"quiet_until": "06:00"},
        {"quiet_from": "20:00", "quiet_until": "06:00", "quiet_days": "9"},
    ],
)
async def test_what_makes_no_sense_is_refused_and_stays_typed(
    house: House, door: Door, wrong: dict[str, str]
) -> None:
    window = door()
    await sign_in(window, house, ALICE)
    form = {"message": ["push"], "zone": "Europe/Berlin"} | wrong
    answer = await window.post("/account/notifications", data=form)
    assert answer.status_code == 422 and 'class="problem"' in answer.text
    assert 'name="message" value="push" checked' in answer.text
    assert 'name="message" value="mail" checked' not in answer.text
    again = (await window.get("/account/notifications")).text
    assert 'name="message" value="mail" checked' in again, "nothing was kept"


async def test_what_is_not_offered_cannot_be_chosen(house: House, door: Door) -> None:
    window = door()
    await sign_in(window, house, ALICE)
    form = {"progress": ["mail", "push"], "new_order": ["mail"], "zone": "UTC"}
    assert (await window.post("/account/notifications", data=form)).status_code == 303
    page = (await window.get("/account/notifications")).text
    assert 'name="progress" value="mail"' not in page and "new_order" not in page


# Mail


async def mailed(house: House, number: str, kind: str) -> set[str]:
    return {to for sort, to in await house.letters(number) if sort == kind}


async def test_a_new_order_is_mailed_to_who_wants_it_and_not_to_who_placed_it(house: House) -> None:
    await chooses(house, BOB, new_order=["push"])
    assert await mailed(house, await house.place(ALICE), "order_placed") == {OLGA.email}
    by_olga = await house.place(OLGA, customer={"email": ALICE.email, "name": "Alice"})
    assert await mailed(house, by_olga, "order_placed") == set(), "she knows, and he does not want it"


async def test_a_decision_goes_to_the_owners_when_it_would_reach_nobody(house: House) -> None:
    await chooses(house, BOB, decision=[])
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=5000)
    await house.do(BOB, "orders.assign", number, member=BOB.email)
    await house.do(ALICE, "quotes.approve", number, version=1)
    assert await mailed(house, number, "quote_decided") == {OLGA.email}


async def test_even_to_owners_who_switched_everything_off(house: House) -> None:
    for who in (BOB, OLGA):
        await chooses(house, who, decision=[])
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=5000)
    await house.do(ALICE, "quotes.reject", number, version=1)
    assert await mailed(house, number, "quote_decided") == {OLGA.email}


async def on_their_word(house: House, who: Person) -> str:
    """An order of Alice's that is assigned to a member, who enters her decision; the number."""
    number = await house.place(ALICE)
    await house.do(who, "quotes.send", number, amount=5000)
    await house.do(who, "orders.assign", number, member=who.email)
    await house.do(who, "quotes.approve", number, version=1, on_behalf=True)
    assert await mailed(house, number, "quote_noted") == {ALICE.email}
    return number


async def test_a_decision_that_its_assignee_enters_is_for_all_the_others(house: House, asked: Asked) -> None:
    bob, olga = await asked(BOB), await asked(OLGA)
    number = await on_their_word(house, BOB)
    assert await mailed(house, number, "quote_decided") == {OLGA.email}
    await later(house)
    assert bob.titles == [f"New order · #{number}"] and olga.titles == [f"Quote approved · #{number}"]
    await chooses(house, OLGA, decision=["push"])
    assert await mailed(house, await on_their_word(house, BOB), "quote_decided") == set(), "she hears of it"


@pytest.mark.parametrize(("who", "other"), [(BOB, OLGA), (OLGA, BOB)])
async def test_somebody_else_hears_of_a_decision_whatever_they_chose(
    house: House, who: Person, other: Person
) -> None:
    """The owner; of what the owner enters, another member."""
    await chooses(house, other, decision=[])
    assert await mailed(house, await on_their_word(house, who), "quote_decided") == {other.email}


async def test_the_only_member_is_mailed_nothing_of_what_they_entered(house: House) -> None:
    from app.team.members import remove

    async with house.db.transaction() as tx:
        await remove(tx, house.actor(OLGA), await member_id(house, BOB))
    assert await mailed(house, await on_their_word(house, OLGA), "quote_decided") == set()


async def test_who_is_told_by_push_alone_is_told(house: House, asked: Asked) -> None:
    await chooses(house, BOB, decision=["push"])
    bob = await asked(BOB)
    number = await house.place(ALICE)
    await house.do(BOB, "quotes.send", number, amount=5000)
    await house.do(BOB, "orders.assign", number, member=BOB.email)
    await house.do(BOB, "read", number, seq=99)
    await house.do(ALICE, "quotes.approve", number, version=1)
    await later(house)
    assert await mailed(house, number, "quote_decided") == set()
    assert bob.titles == [f"Quote approved · #{number}"]


async def test_messages_are_mailed_to_who_wants_them(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(OLGA, "orders.assign", number, member=OLGA.email)
    await chooses(house, BOB, message_others=["mail"])
    await chooses(house, OLGA, message_mine=["screen"])
    await chooses(house, ALICE, message=["push"])
    await house.do(ALICE, "messages.send", number, text="For whom it may concern.")
    await house.do(OLGA, "messages.send", number, text="Thank you.")
    await notify(house.db, datetime.now(UTC) + timedelta(minutes=3))
    assert await mailed(house, number, "new_messages") == {BOB.email}


async def test_a_push_that_was_delivered_keeps_no_mail_back(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    number = await house.place(ALICE)
    await house.do(ALICE, "messages.send", number, text="Anybody there?")
    await later(house)
    await notify(house.db, datetime.now(UTC) + timedelta(minutes=3))
    assert len(bob.told) == 1 and BOB.email in await mailed(house, number, "new_messages")


async def test_a_quote_is_mailed_unless_the_customer_chose_otherwise(house: House) -> None:
    await chooses(house, CAROL, quote=[])
    for who, told in ((ALICE, {ALICE.email}), (CAROL, set[str]())):
        number = await house.place(who)
        await house.do(BOB, "quotes.send", number, amount=5000)
        assert await mailed(house, number, "quote_sent") == told


async def test_quiet_hours_hold_a_push_back_and_not_the_mail(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    here = datetime.now(UTC).astimezone(BERLIN)
    minute = here.hour * 60 + here.minute
    hours = {"quiet_from": (minute - 60) % 1440, "quiet_until": (minute + 120) % 1440}
    await chooses_all(house, BOB, **hours, quiet_days=list(range(7)))
    read, unread = await house.place(ALICE), await house.place(ALICE)
    await later(house)
    await later(house, timedelta(minutes=110))
    assert bob.tries == []
    assert BOB.email in await mailed(house, unread, "order_placed")
    await house.do(BOB, "read", read, seq=9)
    await later(house, timedelta(minutes=125))
    assert bob.titles == [f"New order · #{unread}"], "what he has read by then is not told"


async def test_a_member_who_was_removed_is_mailed_nothing(house: House) -> None:
    from app.team.members import remove

    async with house.db.transaction() as tx:
        await remove(tx, house.actor(OLGA), await member_id(house, BOB))
    assert await mailed(house, await house.place(ALICE), "order_placed") == {OLGA.email}
