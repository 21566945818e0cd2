"""Where a push may lead: its address comes from any customer's browser, so nowhere but the public internet.

What the owner allows their own webhooks (app.webhooks.targets) does not count here.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from app.webhooks.targets import host_of


def private(endpoint: str, *, loopback: bool) -> bool:
    """Whether an address may lead to this very machine, in the clear: for tests, whose push service is here.

    `loopback` is PUSH_ALLOW_LOOPBACK. The address must say 127.0.0.1 or [::1] itself: no name is looked up.
    """
    try:
        return loopback and ip_address(host_of(urlsplit(endpoint))).is_loopback
    except ValueError:
        return False
