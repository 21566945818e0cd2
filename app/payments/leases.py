"""How long what is asked of the gateway is one worker's own, and when it is asked again."""

from datetime import timedelta

LEASE = timedelta(seconds=60)
AT_MOST = 40.0  # seconds for all that one attempt or refund asks, within its lease
PAUSES = [timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 900, 3600)]


def pause(tries: int) -> timedelta:
    """The wait after so many tries (1 or more); it grows up to the last one."""
    return PAUSES[min(tries, len(PAUSES)) - 1]
