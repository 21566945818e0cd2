"""Notices from a thread that the event loop does not answer: says where it is stuck, then ends the process.

A stuck loop serves nobody, while everything outside takes the process for alive. Once it is gone, its
supervisor starts another one (systemd, a Procfile runner; with WEB_CONCURRENCY above 1 uvicorn's parent),
clients come back to whoever is there, and the database lets go of what it had locked.

Time in which the whole process stood still (SIGSTOP, a sleeping laptop, a paused machine) does not count: it
is not the loop that was stuck. A call in C that never lets go of the GIL silences this thread as well;
uvicorn's parent notices that, since the thread that answers its pings is silent, too.
"""

import asyncio
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Final

EXIT_CODE: Final = 70  # not uvicorn's 3, after which its parent would give up
logger = logging.getLogger(__name__)


def _end() -> None:
    logging.shutdown()
    os._exit(EXIT_CODE)


class Watchdog:
    """Watches the loop that it is started in. 0 seconds: never."""

    def __init__(
        self, warns_after: float, ends_after: float, *, end: Callable[[], None] = _end, every: float = 1.0
    ) -> None:
        self._warns_after = warns_after
        self._ends_after = ends_after
        self._end = end
        self._every = every
        self._stopped = threading.Event()
        self._answered = threading.Event()
        self._stuck = 0.0
        self._warned = False

    def start(self) -> None:
        """Must be called from the loop's own thread."""
        if self._warns_after or self._ends_after:
            self._loop = asyncio.get_running_loop()
            self._watched = threading.get_ident()
            threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        self._ask()
        before = time.monotonic()
        while not self._stopped.wait(self._every):
            now = time.monotonic()
            self._look(min(now - before, 2 * self._every))
            before = now

    def _ask(self) -> None:
        self._answered.clear()
        try:
            self._loop.call_soon_threadsafe(self._answered.set)
        except RuntimeError:  # closed
            self._stopped.set()

    def _look(self, passed: float) -> None:
        if self._answered.is_set():
            if self._warned:
                logger.warning("the event loop answers again, after %.0f s", self._stuck)
            self._stuck, self._warned = 0.0, False
            self._ask()
            return
        self._stuck += passed
        if self._ends_after and self._stuck >= self._ends_after:
            logger.critical(
                "the event loop is stuck for %.0f s; this process ends\n%s", self._stuck, self._where()
            )
            self._end()
            self._stopped.set()
        elif self._warns_after and self._stuck >= self._warns_after and not self._warned:
            self._warned = True
            logger.warning("the event loop is stuck for %.0f s\n%s", self._stuck, self._where())

    def _where(self) -> str:
        frame = sys._current_frames().get(self._watched)
        return "".join(traceback.format_stack(frame)).rstrip() if frame else "(no stack)"
