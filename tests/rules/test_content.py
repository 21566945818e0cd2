"""What sockets send of a message is what its templates say, whichever way it is made."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import access
from app.entries import Entry, Side, Standing
from app.i18n import speaking
from app.messages.content import TurnView, content
from app.orders.lifecycle import can
from app.orders.model import FIRST, STATUSES, TURNS
from app.orders.timeline import AT_ONCE, contents
from app.orders.views import EntryView
from app.rendering import render
from tests.cast import ALICE, BOB
from tests.rules.house import House
from tests.turns import turns

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
TEXTS = st.text(min_size=1, max_size=60) | st.sampled_from(
    ["100 % & <b>", "%(text)s", "see https://example.org/?a=1&b=2.", "\ue004 9000", "x@example.org", "\"'`"]
)
ENTRIES = st.builds(
    Entry,
    order=st.integers(1, 10**6),
    seq=st.integers(5, 10**6),
    prev_everyone=st.integers(1, 4),
    kind=st.just("message"),
    audience=st.just("everyone"),
    at=MOMENTS,
    role=st.sampled_from(["member", "customer"]),
    name=st.text(max_size=30),
    person=st.sampled_from(["m1", "c12"]),
    cid=st.none() | st.uuids().map(str),
    data=st.fixed_dictionaries({"text": TEXTS}),
)
STANDINGS = st.builds(
    Standing,
    turned=st.booleans(),
    turn=st.sampled_from(TURNS),
    waiting_since=st.none() | MOMENTS,
    status=st.sampled_from(STATUSES),
    payment_method=st.sampled_from(["online", "cash"]),
    payment_status=st.sampled_from(["unpaid", "paid"]),
)


@given(
    entry=ENTRIES,
    standing=STANDINGS,
    side=st.sampled_from(["team", "customer"]),
    language=st.sampled_from(["en", "de"]),
)
def test_the_short_way_says_what_the_templates_say(
    entry: Entry, standing: Standing, side: Side, language: str
) -> None:
    entry = entry._replace(standing=standing)
    with speaking(language):
        assert content(entry, side, language) == _rendered(entry, standing, side)


def test_what_is_not_known_is_left_to_the_templates() -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    entry = Entry(1, 2, 1, "message", "everyone", moment, "member", "Bob", "m1", None, {"text": "Hello"})
    assert content(entry, "team", "en") is None
    standing = Standing(False, "team", moment, "processing", "online", "unpaid")
    assert content(entry._replace(kind="note", standing=standing), "team", "en") is None


@pytest.mark.parametrize("side", ["team", "customer"])
async def test_a_turn_that_comes_alone_is_the_page_s_own(house: House, side: Side) -> None:
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Hello")
    told: list[Entry] = []
    house.db.committed.append(lambda changes: told.extend(changes.entries))
    for hours, who in enumerate((ALICE, BOB, ALICE)):
        house.db.clock = lambda hours=hours: datetime(2031, 1, 1, tzinfo=UTC) + timedelta(hours=hours)  # type: ignore[misc]
        await house.do(who, "messages.send", number, text="And now?")
        view: Any = await house.view(BOB if side == "team" else ALICE, number)
        page = render("orders/_turn.html", order=view, audience=side, alone=True)
        sent = content(told[-1], side, "en")
        assert sent is not None
        assert sent.endswith(page)


async def test_a_long_history_is_rendered_little_by_little(house: House) -> None:
    number = await house.place(ALICE)
    await house.do(ALICE, "messages.send", number, text="Hello")
    *_, message = await house.entries(number)
    async with house.db.read() as session:
        order = await access.order_for(session, house.actor(BOB), number)
        with turns() as counted:
            await contents(session, order, [message] * 100, "team", house.context.shop, "en", turned=False)
            assert counted.number > 100 // AT_ONCE


def _rendered(entry: Entry, standing: Standing, side: Side) -> str:
    view = EntryView(
        order=str(entry.order + FIRST),
        seq=entry.seq,
        prev=entry.prev(side),
        kind=entry.kind,
        audience=entry.audience,
        at=entry.at,
        role=entry.role,
        name=entry.name,
        person=entry.person,
        cid=entry.cid,
        data=entry.data,
    )
    html = render("orders/_appended.html", entry=view, audience=side, base="", forms={})
    if not standing.turned:
        return html
    turn = TurnView(
        view.order, entry.seq, can(standing, side, standing.turn), standing.turn, standing.waiting_since
    )
    return html + render("orders/_turn.html", order=turn, audience=side, alone=True)
