"""What push services answer, and where we never send."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.push.model import Push, PushSubscription
from app.push.sending import Pusher
from app.team.model import Session
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.push.browser import Browser
from tests.push.conftest import Asked, later, once
from tests.rules.conftest import Door, Serve
from tests.rules.house import House
from tests.rules.windows import sign_in
from tests.webhooks.receiver import CLOSE, Received, Receiver


async def number_of(house: House, table: Any) -> int:
    async with house.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("gone", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(
    house: House, asked: Asked, service: Receiver, gone: int
) -> None:
    service.answers = lambda one: gone if one.path.endswith("old") else 201
    old, new = await asked(BOB, "old"), await asked(BOB, "new")
    await house.place(ALICE)
    await later(house)
    await house.place(ALICE)
    await later(house)
    assert (len(old.tries), len(new.tries)) == (1, 2)
    assert await number_of(house, PushSubscription) == 1 and await number_of(house, Push) == 0


@pytest.mark.parametrize("answer", [429, 500, 503, CLOSE])
async def test_a_service_that_cannot_now_is_asked_again_with_pauses(
    house: House, asked: Asked, service: Receiver, answer: Any
) -> None:
    service.answers = lambda _: answer
    bob = await asked(BOB)
    await house.place(ALICE)
    tries = []
    for minutes in (1, 1.2, 2, 10, 60, 600, 2000, 4000):
        await later(house, timedelta(minutes=minutes))
        tries.append(len(bob.tries))
    assert tries == [1, 1, 2, 3, 4, 5, 6, 6], "five more tries, and then it is given up"
    assert await number_of(house, PushSubscription) == 1


async def test_what_is_refused_is_not_tried_again(house: House, asked: Asked, service: Receiver) -> None:
    service.answers = lambda _: 400
    bob = await asked(BOB)
    await house.place(ALICE)
    for minutes in (1, 60):
        await later(house, timedelta(minutes=minutes))
    assert len(bob.tries) == 1


async def test_a_slow_service_is_not_asked_by_two_workers_at_once(
    house: House, asked: Asked, service: Receiver
) -> None:
    async def while_another_looks(one: Received) -> int:
        await Pusher(house.db, loopback=True).once(house.db.clock() + timedelta(days=2))
        return 201

    service.answers = while_another_looks
    bob = await asked(BOB)
    await house.place(ALICE)
    await later(house)
    assert len(bob.tries) == 1


async def test_no_push_goes_into_a_private_network(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    await house.place(ALICE)
    pusher = Pusher(house.db, loopback=False)
    await pusher.once(house.db.clock() + timedelta(minutes=1))
    assert bob.tries == []


async def test_worker_once_pushes_too(house: House, asked: Asked) -> None:
    """What the owner's webhooks may lets no push go anywhere private, so that it is tried and refused."""
    bob = await asked(BOB)
    await house.place(ALICE)
    house.context.settings = replace(house.context.settings, webhooks_allow_private=True)
    await once(house, timedelta(seconds=30))
    assert bob.tries == []
    async with house.db.read() as session:
        (waiting,) = (await session.scalars(select(Push))).all()
    assert waiting.attempts == 1


# The door by which a browser asks to be woken


def door_of(who: Person) -> str:
    return "/desk/push" if who.side == "team" else "/account/push"


@pytest.mark.parametrize("who", [BOB, ALICE])
async def test_a_browser_asks_ends_and_may_be_forgotten_from_elsewhere(
    house: House, door: Door, service: Receiver, who: Person
) -> None:
    window, browser = door(), Browser(service, "hers")
    await sign_in(window, house, who)
    for _ in range(2):
        assert (await window.post(door_of(who), json=browser.subscription)).status_code == 204
    assert await number_of(house, PushSubscription) == 1
    ended = await window.post(f"{door_of(who)}/end", json={"endpoint": browser.endpoint})
    assert ended.status_code == 204 and await number_of(house, PushSubscription) == 0

    await window.post(door_of(who), json=browser.subscription)
    page = "/desk/settings/notifications" if who is BOB else "/account/notifications"
    shown = (await window.get(page)).text
    start = shown.index(f"{page}/browsers/")
    forget = shown[start : shown.index('"', start)]
    stranger = door()
    await sign_in(stranger, house, OLGA if who is BOB else CAROL)
    assert (await stranger.post(forget)).status_code == 404
    assert await number_of(house, PushSubscription) == 1
    assert (await window.post(forget)).status_code == 303
    assert await number_of(house, PushSubscription) == 0


async def test_a_browser_belongs_to_who_signed_in_last(house: House, door: Door, service: Receiver) -> None:
    browser = Browser(service, "shared")
    for who in (BOB, OLGA):
        window = door()
        await sign_in(window, house, who)
        await window.post("/desk/push", json=browser.subscription)
    async with house.db.read() as session:
        (only,) = (await session.scalars(select(PushSubscription))).all()
    assert only.person == house.actor(OLGA).key


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "ftp://push.example/1"},
        {"endpoint": "https://user:password@push.example/1"},
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": "https://" + "x" * 2000},
        {"endpoint": 7},
        {"keys": {"p256dh": "AAAA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": {"p256dh": "B" + "A" * 86, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": {"auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        {"keys": "none"},
        {"more": 1},
    ],
)
async def test_what_is_no_subscription_is_refused(
    house: House, door: Door, service: Receiver, wrong: dict[str, Any]
) -> None:
    window = door()
    await sign_in(window, house, BOB)
    answer = await window.post("/desk/push", json=Browser(service, "x").subscription | wrong)
    assert answer.status_code == 422
    assert await number_of(house, PushSubscription) == 0


async def test_a_body_that_is_no_json_or_too_much_of_it_is_refused(house: House, door: Door) -> None:
    window = door()
    await sign_in(window, house, BOB)
    assert (await window.post("/desk/push", content=b"\xff{")).status_code == 400
    assert (await window.post("/desk/push", content=b" " * 20_000)).status_code == 413


@pytest.mark.parametrize("settings", [{"WEBHOOKS_ALLOW_PRIVATE": "1"}, {"PUSH_ALLOW_LOOPBACK": "1"}])
async def test_addresses_in_private_networks_are_refused(
    house: House, serve: Serve, service: Receiver, settings: dict[str, str]
) -> None:
    """Whatever the owner's webhooks may: any customer's browser says where pushes go."""
    import httpx2

    from tests.rules.conftest import HOME

    app = await serve(house, **settings)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=HOME, headers={"Origin": HOME}) as window:
        await sign_in(window, house, BOB)
        here = ("https://127.0.0.1/push", "http://[::1]:8080/")
        refused = ("https://10.1.2.3/", "https://169.254.169.254/", "https://localhost/", "http://9.9.9.9/")
        for endpoint in refused + (() if "PUSH_ALLOW_LOOPBACK" in settings else here):
            given = Browser(service, "x").subscription | {"endpoint": endpoint}
            assert (await window.post("/desk/push", json=given)).status_code == 422, endpoint
    assert await number_of(house, PushSubscription) == 0


async def test_a_page_says_in_which_session_it_is_and_not_by_what_opens_it(house: House, door: Door) -> None:
    """By which a browser sees that what it said before ended with the session before."""
    window, marks = door(), []
    for _ in range(2):
        await sign_in(window, house, BOB)
        for path in ("/desk/inbox", "/desk/settings/notifications"):
            marks += re.findall(r' data-account="(\w{12})"', (await window.get(path)).text)
    assert len(marks) == 4 and marks[0] == marks[1] != marks[2] == marks[3]
    async with house.db.read() as session:
        keys = (await session.scalars(select(Session.id))).all()
    assert not any(key.startswith(mark) for key in keys for mark in marks)
