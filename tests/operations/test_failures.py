"""What fails for long is told when it begins and ends, and now and then: never round after round."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from app.jobs import Worker
from app.operations.failures import EVERY, Failures
from tests.rules.house import House

logger = logging.getLogger("tests.failures")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[tuple[str, bool]]]:
    """(message, whether with a traceback) of what is logged meanwhile."""
    found: list[tuple[str, bool]] = []
    caplog.clear()
    with caplog.at_level(logging.INFO):
        yield found
    found += [(record.getMessage(), bool(record.exc_info)) for record in caplog.records]


def fails(failures: Failures, error: Exception) -> None:
    with failures.told("sweeping"):
        raise error


def test_a_failure_that_lasts_is_told_with_its_traceback_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    failures = Failures(logger, clock)
    with lines(caplog) as told:
        for _ in range(int(2 * EVERY) + 1):  # once a second
            fails(failures, ConnectionRefusedError("nobody there"))
            clock.now += 1
        with failures.told("sweeping"):
            pass
        with failures.told("sweeping"):
            pass
    assert told == [
        ("sweeping failed; it is tried again", True),
        ("sweeping has been failing for 60 s: ConnectionRefusedError", False),
        ("sweeping has been failing for 120 s: ConnectionRefusedError", False),
        ("sweeping works again, after 121 s", False),
    ]


def test_another_failure_is_told_with_its_own_traceback(caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures(logger, Clock())
    with lines(caplog) as told:
        fails(failures, ConnectionRefusedError())
        fails(failures, KeyError("plan"))
        fails(failures, KeyError("plan"))
    assert told == [("sweeping failed; it is tried again", True)] * 2


def test_what_works_beside_it_is_not_mistaken_for_it(caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures(logger, Clock())
    with lines(caplog) as told:
        for _ in range(2):
            fails(failures, KeyError("plan"))
            with failures.told("mailing"):
                pass
    assert told == [("sweeping failed; it is tried again", True)]


def test_an_end_is_no_failure() -> None:
    with pytest.raises(asyncio.CancelledError), Failures(logger).told("sweeping"):
        raise asyncio.CancelledError


async def test_a_worker_whose_database_is_away_asks_less_often_and_goes_on_when_it_is_back(
    sqlite_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    away = True

    async def asks(now: datetime) -> int:
        if away:
            raise ConnectionRefusedError
        return 0

    async def has_nothing_to_do(now: datetime) -> int:
        return 0

    worker = Worker(sqlite_house.context)
    worker.jobs = (asks, asks, has_nothing_to_do)
    with lines(caplog) as told:
        pauses = [await pause_after(worker) for _ in range(5)]
        away = False
        pauses.append(await pause_after(worker))
    assert pauses == [2, 4, 8, 8, 8, 1]
    assert told == [
        ("the job asks failed; it is tried again", True),
        ("the job asks works again, after 0 s", False),
    ]


async def test_one_job_that_fails_keeps_no_other_waiting(sqlite_house: House) -> None:
    async def breaks(now: datetime) -> int:
        raise KeyError

    worker = Worker(sqlite_house.context)
    worker.jobs = (*worker.jobs, breaks)
    assert [await pause_after(worker) for _ in range(2)] == [1, 1]


async def pause_after(worker: Worker) -> float:
    await worker._round()
    return worker.pause
