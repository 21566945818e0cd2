"""How much one connection may ask for."""

from collections.abc import Callable
from time import monotonic


class Bucket:
    """A token bucket: `burst` at once, then `rate` per second."""

    __slots__ = ("_burst", "_clock", "_filled", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._filled = clock()

    def take(self) -> float:
        """Take a token; answers 0, or after how many seconds there will be one."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Limits:
    """The buckets of one connection; a resume costs the database most, all else shares one."""

    __slots__ = ("_others", "_resumes")

    def __init__(self) -> None:
        self._others = Bucket(20, 120)
        self._resumes = Bucket(2, 20)

    def take(self, kind: object) -> float:
        return (self._resumes if kind == "resume" else self._others).take()
