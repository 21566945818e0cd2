"""The time zones there are."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    """All that this machine knows. Finding them opens hundreds of files: once in a process."""
    return frozenset(available_timezones())
