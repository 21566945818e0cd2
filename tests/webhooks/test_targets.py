"""Where webhooks may not lead, whatever it is called and whenever it is asked."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.webhooks import targets
from app.webhooks.sending import post
from app.webhooks.targets import Refused, addresses, checked, public
from tests.cast import ALICE, OLGA
from tests.rules.house import House
from tests.webhooks.hooks import deliver, deliveries, subscribe
from tests.webhooks.receiver import receiver

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "192.88.99.1", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
    "2002:7f00:1::", "2001:0:0:0:0:0:80ff:fffe", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::1", "100::1", "3fff::1", "fec0::1", "5f00::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111",
    "2a00:1450:4001::1", "64:ff9b::8.8.8.8",
]  # fmt: skip

BAD = [
    "", "example.com", "//example.com/x", "ftp://example.com/", "file:///etc/passwd", "http://example.com/",
    "https://", "https:///x", "https://user:secret@example.com/", "https://user@example.com/",
    "https://@example.com/", "https://example.com/#part", "https://example.com:22/", "https://example.com:0/",
    "https://example.com:80/", "https://example.com:99999/", "https://example.com:x/",
    "https://exa mple.com/",
    "https://example.com/\r\nX-Evil: 1", "https://example.com\\@127.0.0.1/", "https://exämple.com/",
    "https://[::1/", "https://example.com/" + "x" * 2000, "javascript:alert(1)",
]  # fmt: skip
# what getaddrinfo makes of these is checked, not how they are spelt
SPELT = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
    "localhost", "LOCALHOST.", "0", "[::]",
]  # fmt: skip
Names = Callable[..., None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """`names([…], […])`: what every name stands for, the first time, the second time, and so on."""

    def answer(*turns: list[str]) -> None:
        left: Iterator[list[str]] = iter([*turns, *[turns[-1]] * 100])

        async def look_up(host: str, port: int) -> list[str]:
            return next(left)

        monkeypatch.setattr(targets, "look_up", look_up)

    return answer


@pytest.mark.parametrize("address", PRIVATE)
async def test_what_is_not_public_is_refused(names: Names, address: str) -> None:
    assert not public(address)
    for found in ([address], ["8.8.8.8", address]):
        names(found)
        with pytest.raises(Refused):
            await addresses("example.com", 443, private=False)


def test_what_is_public_is_called() -> None:
    assert [address for address in PUBLIC if not public(address)] == []


@pytest.mark.parametrize("url", BAD)
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        checked(url, private=False)


@pytest.mark.parametrize("host", SPELT)
async def test_however_this_machine_is_spelt_it_is_refused(host: str) -> None:
    answer = await post(f"https://{host}:8443/", {}, b"{}", private=False)
    assert answer.code is None and answer.error == "This address leads into a private network."


@pytest.mark.parametrize(("turns", "reached"), [((["8.8.8.8"], ["127.0.0.1"]), 0), ((["127.0.0.1"],), 0)])
async def test_a_name_that_changes_its_mind_gains_nothing(
    sqlite_house: House, names: Names, turns: tuple[list[str], ...], reached: int
) -> None:
    """Public while it is saved, this machine when it is called; the receiver's port is open."""
    async with receiver() as shop:
        url = f"https://rebinding.example:{shop.port}/"
        names(*turns)
        if turns[0] == ["8.8.8.8"]:
            await subscribe(sqlite_house, url, ["placed"])
        else:
            problem = await sqlite_house.refused(OLGA, "webhooks.create", url=url, kinds=["placed"])
            assert [error.field for error in problem.errors] == ["url"]
        await sqlite_house.place(ALICE)
        await deliver(sqlite_house, private=False)
        assert len(shop.received) == reached and shop.busiest == 0
    for delivery in await deliveries(sqlite_house.db):
        assert delivery.error == "This address leads into a private network."


async def test_the_connection_goes_to_the_very_address_that_was_checked(
    names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[str, int]] = []

    async def connect(self: Any, host: str, port: int, *_: Any, **__: Any) -> Any:
        called.append((host, port))
        raise OSError("not from here")

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", connect)
    names(["8.8.8.8"], ["127.0.0.1"])
    answer = await post("https://rebinding.example/", {}, b"{}", private=False)
    assert called == [("8.8.8.8", 443)] and "not from here" in answer.error


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as shop:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        answer = await post(shop.url, {"webhook-id": "1"}, b"{}", private=True)
    assert answer.ok and len(shop.received) == 1 and proxy.busiest == 0


async def test_an_address_that_is_away_leaves_the_next_one(names: Names) -> None:
    async with receiver() as shop:
        names(["::1", "127.0.0.1"])
        assert (await post(f"http://two.example:{shop.port}/", {}, b"{}", private=True)).ok


async def test_a_certificate_of_nobody_is_a_failure(tmp_path: Any) -> None:
    await _openssl(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    async def never(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    answer = await post(f"https://127.0.0.1:{port}/", {}, b"{}", private=True)
    server.close()
    assert answer.code is None and "CERTIFICATE_VERIFY_FAILED" in answer.error


async def _openssl(folder: Any) -> None:
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -days 1 -keyout key.pem -out cert.pem"
    )
    done: Awaitable[asyncio.subprocess.Process] = asyncio.create_subprocess_exec(
        *command.split(), cwd=folder, stderr=asyncio.subprocess.DEVNULL
    )
    assert await (await done).wait() == 0


async def test_the_setting_alone_lets_webhooks_into_private_networks(sqlite_house: House) -> None:
    async with receiver() as shop:
        problem = await sqlite_house.refused(OLGA, "webhooks.create", url=shop.url, kinds=["placed"])
        assert problem.code == "invalid" and [error.code for error in problem.errors] == ["refused"]
        sqlite_house.db.shop = replace(sqlite_house.context.shop, private_webhooks=True)
        await subscribe(sqlite_house, shop.url, ["placed"])
        await sqlite_house.place(ALICE)
        await deliver(sqlite_house, private=False)
        assert shop.busiest == 0, "the setting was taken back since"
