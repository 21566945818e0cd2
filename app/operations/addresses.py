"""Whose address a request comes from, as limits count it.

uvicorn believes X-Forwarded-For from 127.0.0.1 alone (FORWARDED_ALLOW_IPS), and takes the last address in it
that is not a trusted proxy; nobody else can reach the port.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any


def address_of(scope: Mapping[str, Any]) -> str | None:
    """Whose address this is: one for each IPv4 address and each IPv6 network; None where it is nobody's."""
    host = (scope.get("client") or ("",))[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return None if address.is_loopback else str(ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
