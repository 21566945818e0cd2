"""Lists and badges: absolute, coalesced, the same in all tabs of a person."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import count

import pytest

from realtime.connection import Connection
from realtime.frames import Prepared
from tests import servers
from tests.processes import eventually
from tests.realtime.client import Frame
from tests.realtime.conftest import QUICK, Connect, Node, serve
from tests.realtime.source import Log
from tests.turns import turns


async def test_who_asks_gets_totals_after_hello(node: Node, clients: Connect) -> None:
    node.shop.log.append(1042, "a")
    anna = await clients(node, "anna", orders={}, inbox=True)
    badge = await anna.wait(lambda f: f["type"] == "badge")
    assert badge["total"] == 1
    assert [f["type"] for f in anna.frames[:2]] == ["hello", "badge"]
    ben = await clients(node, "ben", orders={"1042": 1})
    await ben.do("b")
    await anna.wait(lambda f: f["type"] == "badge" and f["total"] == 2)
    assert not ben.of("badge") + ben.of("list")


async def test_rows_come_with_content_in_the_language_asked_for(node: Node, clients: Connect) -> None:
    anna = await clients(node, "anna", orders={}, inbox=True, html="de")
    ben = await clients(node, "ben", orders={}, inbox=True)
    cara = await clients(node, "cara", orders={}, inbox=True)
    await cara.do("a")
    row = await anna.wait(lambda f: f["type"] == "list")
    assert (row["order"], row["row"]["last_seq"], row["content"]) == ("1042", 1, "<li>Zeile</li>")
    assert "content" not in await ben.wait(lambda f: f["type"] == "list")
    await cara.wait(lambda f: f["type"] == "list")


async def test_a_customer_hears_only_of_their_own_orders(node: Node, clients: Connect) -> None:
    dora = await clients(node, "dora", orders={}, inbox=True)
    node.shop.committed(node.shop.log.append(1042, "a"))
    node.shop.committed(node.shop.log.append(2001, "b", reader="dora"))
    await dora.wait(lambda f: f["type"] == "list")
    assert {f["order"] for f in dora.of("list")} == {"2001"}


async def test_a_customer_gets_no_frame_for_what_only_the_team_may_see(node: Node, clients: Connect) -> None:
    anna = await clients(node, "anna", orders={}, inbox=True)
    cara = await clients(node, "cara", orders={}, inbox=True)
    await cara.do("a")
    for reader in (anna, cara):
        await reader.wait(partial(_is_row, "1042"))
    node.shop.committed(node.shop.log.append(1042, "psst", audience="team"))
    await anna.wait(lambda f: _is_row("1042", f) and f["row"]["last_seq"] == 2)
    await cara.do("b")
    await cara.wait(lambda f: _is_row("1042", f) and f["row"]["last_seq"] == 3)
    assert [f["row"]["last_seq"] for f in cara.of("list")] == [1, 3]


async def test_a_customer_hears_when_what_the_team_did_changes_their_row(
    node: Node, clients: Connect
) -> None:
    cara = await clients(node, "cara", orders={}, inbox=True)
    await cara.do("a")
    await cara.wait(partial(_is_row, "1042"))
    node.shop.log.turns[1042] = "none"
    node.shop.committed(node.shop.log.append(1042, "done", audience="team"))
    await cara.wait(lambda f: _is_row("1042", f) and f["row"]["turn"] == "none")


async def test_chats_have_their_turn_between_one_inbox_and_the_next(
    node: Node, clients: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    tabs = [await clients(node, who, orders={}, inbox=True) for who in ("anna", "ben", "anna", "ben")]
    for tab in tabs:
        await tab.wait(lambda f: f["type"] == "badge")
    said, say_all = list[int](), Connection.say_all
    with turns() as counted:

        def noted(connection: Connection, frames: Sequence[Prepared]) -> None:
            said.append(counted.number)
            say_all(connection, frames)

        monkeypatch.setattr(Connection, "say_all", noted)
        node.shop.committed(node.shop.log.append(1042, "a"))
        for tab in tabs:
            await tab.wait(partial(_is_row, "1042"))
    assert len(set(said)) == len(said) >= len(tabs)


async def test_a_step_that_is_cut_short_is_told_again_to_all(
    node: Node, clients: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    tabs = [await clients(node, "cara", orders={}, inbox=True) for _ in range(2)]
    await tabs[0].do("a")
    for tab in tabs:
        await tab.wait(partial(_is_row, "1042"))
    calls, say_all = count(1), Connection.say_all

    def cut(connection: Connection, frames: Sequence[Prepared]) -> None:
        if next(calls) == 2:
            raise TimeoutError
        say_all(connection, frames)

    monkeypatch.setattr(Connection, "say_all", cut)
    node.shop.log.turns[1042] = "none"
    node.shop.committed(node.shop.log.append(1042, "done", audience="team"))
    for tab in tabs:
        await tab.wait(lambda f: _is_row("1042", f) and f["row"]["turn"] == "none")


async def test_a_burst_is_computed_once(clients: Connect) -> None:
    async with serve(pace=replace(QUICK, poll=60.0)) as node:
        anna = await clients(node, "anna", orders={}, inbox=True)
        ben = await clients(node, "ben", orders={}, inbox=True)
        for reader in (anna, ben):
            await reader.wait(lambda f: f["type"] == "badge")
        before = node.shop.counts["desk"]
        for number in range(50):
            node.shop.committed(node.shop.log.append(1042 + number % 5, "a"))
        for reader in (anna, ben):
            for order in range(1042, 1047):
                await reader.wait(partial(_is_row, str(order)))
        assert node.shop.counts["desk"] - before == 1


async def test_reading_in_one_tab_refreshes_the_others(node: Node, clients: Connect) -> None:
    node.shop.log.append(1042, "a")
    tabs = [await clients(node, who, orders={}, inbox=True) for who in ("cara", "cara2")]
    for tab in tabs:
        await tab.wait(lambda f: f["type"] == "badge" and f["total"] == 1)
    node.shop.log.read["c1", 1042] = 1
    node.live.read("c1", 1042)
    for tab in tabs:
        await tab.wait(lambda f: f["type"] == "badge" and f["total"] == 0)


async def test_reading_and_commits_reach_the_desks_of_other_processes(
    clients: Connect, redis: servers.Redis
) -> None:
    log, quiet = Log(), replace(QUICK, poll=60.0)
    async with serve(log, redis.url, quiet) as one, serve(log, redis.url, quiet) as two:
        await eventually(lambda: one.live.bus_up and two.live.bus_up)
        tab = await clients(two, "cara", orders={}, inbox=True)
        one.shop.committed(log.append(1042, "a"))
        await tab.wait(lambda f: f["type"] == "badge" and f["total"] == 1)
        log.read["c1", 1042] = 1
        one.live.read("c1", 1042)
        await tab.wait(lambda f: f["type"] == "badge" and f["total"] == 0)


async def test_what_nobody_told_is_found_and_what_failed_is_done_again(node: Node, clients: Connect) -> None:
    anna = await clients(node, "anna", orders={}, inbox=True)
    await anna.wait(lambda f: f["type"] == "badge")
    node.shop.faults.down = True
    entry = node.shop.log.append(1042, "a")
    node.shop.committed(entry)
    node.shop.log.append(1043, "b")
    await eventually(lambda: node.shop.counts["desk"] >= 2)
    node.shop.faults.down = False
    await anna.wait(lambda f: f["type"] == "list" and f["order"] == "1042")
    await anna.wait(lambda f: f["type"] == "list" and f["order"] == "1043")


def _is_row(order: str, frame: Frame) -> bool:
    return (frame["type"], frame.get("order")) == ("list", order)
