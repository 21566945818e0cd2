"""What is tried for ever may fail for hours: a database that is away must not fill the disk with lines."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

EVERY: Final = 60.0  # seconds between two lines about one failure that lasts


@dataclass(slots=True)
class Failure:
    """One that lasts. `said` and `began` are of the clock."""

    kind: type[Exception]
    began: float
    said: float


class Failures:
    """Those of one loop. Each is told with its traceback when it begins or becomes another, then in a line a
    minute for as long as it lasts, and when it is over."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._lasting: dict[str, Failure] = {}

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Around one try; swallows what fails. `what` is the subject of the line: "the job expire_quotes"."""
        try:
            yield
        except Exception as error:
            self._failed(what, error)
        else:
            if failure := self._lasting.pop(what, None):
                self._logger.info("%s works again, after %.0f s", what, self._clock() - failure.began)

    def _failed(self, what: str, error: Exception) -> None:
        now, kind = self._clock(), type(error)
        failure = self._lasting.get(what)
        if failure is None or failure.kind is not kind:
            self._lasting[what] = Failure(kind, failure.began if failure else now, now)
            self._logger.error("%s failed; it is tried again", what, exc_info=error)
        elif now - failure.said >= EVERY:
            failure.said = now
            self._logger.error("%s has been failing for %.0f s: %s", what, now - failure.began, kind.__name__)
