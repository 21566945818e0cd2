"""Where a webhook may lead: what its address looks like, and what its name stands for.

A name is looked up when the owner saves it and once more for every connection, which then goes to the very
address that was checked (app.webhooks.sending): a name that changes its mind in between gains nothing.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

MOST = 2000
PATIENCE = 2.0  # seconds for one lookup
RELAYS = ip_network("192.88.99.0/24")
UNICAST = IPv6Network("2000::/3")
# 6to4, Teredo and its neighbours, documentation: addresses that stand for others, or for nobody
CARRIERS = [IPv6Network(net) for net in ("2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20")]
TRANSLATED = IPv6Network("64:ff9b::/96")  # how a network without IPv4 reaches it


class Refused(Exception):
    """A target that is not allowed; the message says why, in a sentence for people."""


def checked(url: str, *, private: bool) -> SplitResult:
    """The parts of an address. `private`: this deployment lets webhooks go anywhere, in the clear too."""
    parts, port = _split(url)
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused("The address must start with https://.")
    if parts.username is not None or parts.password is not None:
        raise Refused("The address must not hold a name or a password.")
    if parts.fragment or not host_of(parts):
        raise Refused("This is not the address of a webhook.")
    if not private and not (port is None or port == 443 or 1024 <= port < 65536):
        raise Refused("The port must be 443, or 1024 and above.")
    return parts


def _split(url: str) -> tuple[SplitResult, int | None]:
    if len(url) > MOST or not url.isascii() or any(not "!" <= char <= "~" or char == "\\" for char in url):
        raise Refused("This is not the address of a webhook.")
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise Refused("This is not the address of a webhook.") from None


def host_of(parts: SplitResult) -> str:
    """The name as it is looked up and certified."""
    return (parts.hostname or "").rstrip(".")


def port_of(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


async def addresses(host: str, port: int, *, private: bool) -> list[str]:
    """What the name stands for now. Raises Refused unless all of it may be called."""
    try:
        async with asyncio.timeout(PATIENCE):
            found = await look_up(host, port)
    except (OSError, UnicodeError, TimeoutError):
        found = []
    if not found:
        raise Refused("There is no such host.")
    if not private and not all(map(public, found)):
        raise Refused("This address leads into a private network.")
    return found


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, best first."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def public(text: str) -> bool:
    """Whether an address is one of the public internet."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _public4(address) if isinstance(address, IPv4Address) else _public6(address)


def _public4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and address not in RELAYS


def _public6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _public4(address.ipv4_mapped)
    if address in TRANSLATED:
        return _public4(IPv4Address(int(address) & 0xFFFFFFFF))
    plain = address in UNICAST and address.scope_id is None
    return plain and address.is_global and not any(address in net for net in CARRIERS)
