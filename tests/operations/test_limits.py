"""How much one person, address or program may do, with one process and with several."""

import json
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from app.author import Actor
from app.errors import Problem
from app.limits import Buckets, Limits, Shared
from app.operations.addresses import address_of
from app.operations.crowd import Crowd, Exchange
from app.operations.far_buckets import FarBuckets
from tests.cast import ALICE, BOB, Person
from tests.conftest import Deploy
from tests.marks import EMBEDDED, SCALED
from tests.product import Deployment
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_live import closed, signed_in, socket
from tests.servers import Redis
from tests.until import until


def buckets(redis: Redis, burst: float = 2) -> Shared:
    """As one process has them."""
    return Shared("placing", Buckets(rate=0.01, burst=burst), FarBuckets(redis.url, "orderline:0"))


async def close(*shared: Shared) -> None:
    for one in shared:
        assert isinstance(one.far, FarBuckets)
        await one.far.close()


async def test_processes_count_together(redis: Redis) -> None:
    here, there = buckets(redis), buckets(redis)
    assert [await here.wait("m1"), await there.wait("m1")] == [0, 0]
    assert await here.wait("m1") > 0
    assert await there.wait("m1") == pytest.approx(100, abs=5)
    assert await there.wait("m2") == 0
    await close(here, there)


async def test_a_bucket_in_redis_fills_again_and_names_nobody(redis: Redis) -> None:
    quick = Shared("links", Buckets(rate=20, burst=1000), FarBuckets(redis.url, "orderline:0"))
    assert isinstance(quick.far, FarBuckets)
    assert await quick.far.wait("links", "alice@example.org", 20, 1) == 0
    assert await quick.far.wait("links", "alice@example.org", 20, 1) > 0
    [key] = await quick.far._redis.keys("*")
    assert str(key).startswith("b'orderline:0:limit:links:")
    assert "alice" not in str(key)

    async def full() -> bool:
        assert isinstance(quick.far, FarBuckets)
        return await quick.far.wait("links", "alice@example.org", 20, 1) == 0

    await until(full)
    await close(quick)


async def test_without_redis_each_process_counts_alone_and_nobody_waits(redis: Redis) -> None:
    here, there = buckets(redis), buckets(redis)
    assert await here.wait("m1") == 0
    await redis.stop()
    assert [await here.wait("m1"), await there.wait("m1"), await there.wait("m1")] == [0, 0, 0]
    with pytest.raises(Problem) as refused:
        await here.take("m1")
    assert refused.value.status == 429
    assert refused.value.retry_after
    await close(here, there)


async def test_sockets_are_counted_over_all_processes(redis: Redis) -> None:
    here, there = Crowd(), Crowd()
    says, hears = (Exchange(crowd, redis.url, "orderline:0") for crowd in (here, there))
    for key in ("person m1", "person m1", "person m2"):
        here.enter(key)
    there.enter("person m1")
    await says.step()
    await hears.step()
    assert there.holds("person m1") == 3
    here.leave("person m1")
    await says.step()
    await hears.step()
    assert there.holds("person m1") == 1  # who holds one is nobody to tell of
    here.enter("person m1")
    await says.step()
    await hears.step()
    assert there.holds("person m1") == 3
    await says.close()
    await hears.step()
    assert there.holds("person m1") == 1
    await hears.close()


def test_an_address_is_an_ipv4_address_or_an_ipv6_network_and_never_this_machine() -> None:
    def of(host: str | None) -> str | None:
        return address_of({"client": (host, 1) if host is not None else None})

    assert of("203.0.113.7") == of("::ffff:203.0.113.7") == "203.0.113.7"
    assert of("2001:db8:1:2:3::4") == of("2001:db8:1:2::9") != of("2001:db8:1:3::9")
    assert [of(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "", None)] == [
        None
    ] * 6


def test_a_customer_is_limited_over_all_orders_and_the_team_for_each() -> None:
    limits, alice, bob = Limits(), Actor("customer", customer_id=1), Actor("team", member_id=1)
    refused: dict[str, int] = {"alice": 0, "bob": 0}
    for number in range(1000):
        for name, actor in (("alice", alice), ("bob", bob)):
            try:
                limits.write(actor, number)
            except Problem:
                refused[name] += 1
    assert refused["bob"] == 0
    assert 300 < refused["alice"] <= 500
    limits.write(Actor("customer", customer_id=2), 1)  # nobody else is


async def test_programs_that_place_orders_are_told_when_to_go_on(house: House, door: Door) -> None:
    program = door(ALICE, house)
    line = {"product": house.products["plate"], "quantity": 1}
    order = {"lines": [line], "payment_method": "cash"}
    limits: Limits = program._transport.app.state.context.limits  # type: ignore[attr-defined]
    limits.placing_by_customer.near.burst, limits.placing_by_customer.near.rate = 1, 1 / 60
    assert (await program.post("/api/v1/orders", json=order)).status_code == 201
    answer = await program.post("/api/v1/orders", json=order)
    assert answer.status_code == 429
    assert answer.json()["code"] == "rate_limited"
    assert int(answer.headers["retry-after"]) >= 1
    theirs = order | {"customer": {"email": "new@example.org"}}
    assert (await door(BOB, house).post("/api/v1/orders", json=theirs)).status_code == 201


# Sockets


async def said(connection: ClientConnection) -> str:
    await connection.send('{"type":"resume","orders":{}}')
    return str(json.loads(await connection.recv())["type"])


async def window(of: Deployment, cookie: str, **more: Any) -> ClientConnection:
    return await socket(of, cookie=cookie, origin=of.urls[0], **more)


@EMBEDDED
async def test_a_person_has_so_many_windows_and_the_next_one_comes_back_later(deploy: Deploy) -> None:
    shop = await deploy(SOCKETS_PER_PERSON="2", SOCKETS_PER_PROGRAM="1")
    cookie, other = await signed_in(shop, ALICE), await signed_in(shop, BOB)
    one, two = await window(shop, cookie), await window(shop, cookie)
    assert await said(one) == await said(two) == "hello"
    assert await closed(await window(shop, cookie)) == 1013
    assert await said(await window(shop, other)) == "hello"
    assert await said(await program(shop, ALICE)) == "hello"
    assert await closed(await program(shop, ALICE)) == 1013
    await one.close()

    async def let_in() -> bool:
        return await lasts(await window(shop, cookie))

    await until(let_in)


@SCALED
async def test_a_person_has_so_many_windows_over_all_processes(deploy: Deploy) -> None:
    shop = await deploy(SOCKETS_PER_PROGRAM="4")
    first, second = shop.urls
    held = [await program(shop, ALICE, url=first) for _ in range(3)]
    assert [await said(one) for one in held] == ["hello"] * 3
    more: list[ClientConnection] = []

    async def refused() -> bool:
        more.append(await program(shop, ALICE, url=second))
        return not await lasts(more[-1])

    await until(refused)  # as soon as the other process has heard of the first one's
    assert len([one for one in more if one.close_code is None]) <= 4
    assert await said(await program(shop, BOB, url=second)) == "hello"


async def program(of: Deployment, who: Person, url: str = "") -> ClientConnection:
    return await socket(of, token=of.tokens[who], url=url)


async def lasts(connection: ClientConnection) -> bool:
    """Whether it was let in."""
    try:
        return await said(connection) == "hello"
    except Exception:
        assert await closed(connection) == 1013
        return False


@EMBEDDED
async def test_an_address_has_so_many_sockets_and_cannot_pass_for_another(deploy: Deploy) -> None:
    shop = await deploy(SOCKETS_PER_ADDRESS="2", CONNECTS_PER_ADDRESS="100")

    async def from_address(forwarded: str) -> ClientConnection:
        headers = {"Authorization": f"Bearer {shop.tokens[ALICE]}", "X-Forwarded-For": forwarded}
        address = f"ws{shop.urls[0].removeprefix('http')}/live"
        return await connect(address, additional_headers=headers, proxy=None, compression=None)

    held = [await from_address(f"192.0.2.{n}, 203.0.113.7") for n in (1, 2)]
    for claim in ("203.0.113.7", "192.0.2.3, 203.0.113.7", "127.0.0.1, 203.0.113.7"):
        with pytest.raises(InvalidStatus) as refused:
            await from_address(claim)
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["Retry-After"]) >= 1
    assert await said(await from_address("203.0.113.8")) == "hello"
    many = [await program(shop, BOB) for _ in range(5)]  # this machine is no address
    assert [await said(one) for one in many] == ["hello"] * 5
    await held[0].close()

    async def let_in() -> bool:
        try:
            return await said(await from_address("203.0.113.7")) == "hello"
        except InvalidStatus:
            return False

    await until(let_in)


@EMBEDDED
async def test_an_address_knocks_only_so_often(deploy: Deploy) -> None:
    shop = await deploy(SOCKETS_PER_ADDRESS="5", CONNECTS_PER_ADDRESS="1")
    headers = {"Authorization": "Bearer wrong", "X-Forwarded-For": "203.0.113.9"}
    address = f"ws{shop.urls[0].removeprefix('http')}/live"
    codes: list[int | None] = []
    for _ in range(12):
        try:
            codes.append(await closed(await connect(address, additional_headers=headers, proxy=None)))
        except InvalidStatus as refused:
            codes.append(refused.response.status_code)
    assert codes[:5] == [4401] * 5
    assert 429 in codes[5:]
