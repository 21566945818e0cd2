"""Access that ends in the middle of everything, people who attack, and tabs that disagree."""

import asyncio
import time
from functools import partial

import httpx2
import pytest

from app.access import digest
from tests.cast import ALICE, BOB, OLGA
from tests.faults import hostile
from tests.faults.conftest import Open, Prove
from tests.faults.oracle import not_after
from tests.faults.outbox import Said
from tests.faults.world import PLAIN, World
from tests.live_client import LiveClient
from tests.marks import SCALED
from tests.processes import eventually


@pytest.mark.parametrize(
    ("shop", "redis"), [("embedded", "none"), ("scaled", "up"), ("scaled", "down")], indirect=["shop"]
)
async def test_a_revoked_token_hears_nothing_that_was_begun_afterwards(
    open_world: Open, prove: Prove, redis: str
) -> None:
    """Row 18: revoked at one process, with sockets at both, in the middle of a chat; also without Redis."""
    world = await open_world()
    people = await world.gather()
    tokens = await world.tokens(BOB, 4)
    orders = people[-1].orders
    programs = {t: [world.join("bob's program", BOB, orders, n, token=t) for n in (0, 1)] for t in tokens}
    await world.connected()
    if redis == "down":
        await _kill_redis(world)
    world.chat(0.3, people)
    await asyncio.sleep(1)
    late: list[Said] = []
    for token in tokens:
        await _revoke(world, token)
        taken = time.monotonic()
        world.note("a token is revoked")
        watching = programs[token]
        await eventually(lambda: all(c.over for c in watching), "being put out", 5)  # noqa: B023
        assert time.monotonic() - taken < 2.5
        await asyncio.sleep(0.2)
        late += [said for client in watching for said in not_after(client, taken, world)]
    await prove(world)
    assert {client.over for clients in programs.values() for client in clients} == {4401}
    assert not late


@SCALED
@pytest.mark.parametrize("redis", ["up", "down"])
async def test_a_removed_member_is_put_out_by_looking_again(
    open_world: Open, prove: Prove, redis: str
) -> None:
    """Row 18: only the database says that a member was removed: within two seconds, with or without Redis."""
    world = await open_world()
    bob = (await world.gather())[3]
    other = world.join("bob's other tab", BOB, bob.orders, 1)
    await world.connected()
    if redis == "down":
        await _kill_redis(world)
    world.chat()
    await asyncio.sleep(1)
    await world.rows(f"UPDATE members SET removed_at = now() WHERE email = '{BOB.email}' RETURNING id")
    taken = time.monotonic()
    world.note("bob is removed")
    await eventually(lambda: bob.over and other.over, "being put out", 5)
    assert time.monotonic() - taken < 2.5
    await asyncio.sleep(2)
    late = [said.at for client in (bob, other) for said in not_after(client, taken, world)]
    assert max(late, default=taken) - taken < 2
    for client in (bob, other):
        assert not [said for said in client.outbox.said.values() if said.acked and said.at > taken]
    await prove(world)


async def test_attacks_reach_nothing_and_disturb_nobody(open_world: Open, prove: Prove) -> None:
    """Row 19: origins, sizes, compression, bytes, floods, foreign orders, positions, cids, markup."""
    world = await open_world()
    alice, _, carol, *_ = await world.gather()
    world.chat()
    mine, hers = alice.orders[0], carol.orders[0]
    url, token = world.web[0].address, world.shop.tokens[ALICE]
    await hostile.origins_are_refused(url)
    await hostile.frames_end_with_their_code(url, token)
    await hostile.foreign_orders_do_not_exist(url, token, hers)
    await hostile.positions_beyond_everything_are_reset(url, token, mine)
    await hostile.a_cid_is_one_request(url, token, mine)
    await hostile.markup_is_text(url, token, mine)
    world.note("six kinds of attack")
    flood = asyncio.create_task(hostile.flood(url, token, mine, seconds=2))
    world.note("a flood of frames")
    await flood
    figures = await prove(world)
    assert figures.counts["connections"] == len(world.clients), "somebody was thrown out by it"
    assert figures.latest < 3


async def test_tabs_agree_on_what_is_read_and_never_go_back(open_world: Open, prove: Prove) -> None:
    """Row 22: one tab reads on, the other is stale and says an older position: badges agree in a second."""
    world = await open_world()
    alice, *_ = await world.gather()
    number, urls = alice.orders[0], [web.url for web in world.web]
    for text in range(6):
        alice.say(number, str(text))
    await eventually(lambda: alice.outbox.empty)
    async with (
        LiveClient(urls[0], world.shop.tokens[BOB], {number: 0}, inbox=True) as one,
        LiveClient(urls[-1], world.shop.tokens[BOB], {number: 0}, inbox=True) as stale,
    ):
        await one.do("read", number, seq=5)
        await _agree(one, stale, number, unread=2)
        world.note("the stale tab reads backwards")
        await stale.do("read", number, seq=2)
        alice.say(number, "one more")
        await _agree(one, stale, number, unread=3)
        await stale.do("read", number, seq=10**6)
        await _agree(one, stale, number, unread=0)
    await prove(world)


async def _agree(one: LiveClient, other: LiveClient, number: str, unread: int) -> None:
    """Both tabs' last badge of the order says the same."""
    for tab in (one, other):
        await tab.until(partial(_shows, tab, number, unread), within=3)
    await eventually(lambda: len({tab.of_type("badge")[-1]["total"] for tab in (one, other)}) == 1, within=3)


def _shows(tab: LiveClient, number: str, unread: int) -> bool:
    badges = tab.of_type("badge", number)
    return bool(badges) and badges[-1]["unread"] == unread


async def _kill_redis(world: World) -> None:
    if world.redis:
        await world.redis.kill()
        world.note("redis is killed")
        await asyncio.sleep(0.5)


async def _revoke(world: World, token: str) -> None:
    """On the owner's page, at the first process."""
    web = world.web[0]
    link = await world.sign_in_link(OLGA)
    async with httpx2.AsyncClient(headers={"Origin": web.url}, **PLAIN) as window:
        assert (await window.post(link)).status_code == 303
        answer = await window.post(f"{web.url}/desk/settings/tokens/{digest(token)[:12]}/revoke")
        assert answer.status_code == 303
