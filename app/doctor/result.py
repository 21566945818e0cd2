"""What a check finds, and how it says that something is wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

AT_MOST: Final = 15.0  # seconds for one check


class Bad(Exception):
    """Something is wrong: what, and what to do about it."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what)
        self.todo = todo


class Skipped(Exception):
    """There is nothing to check here: why."""


@dataclass(frozen=True, slots=True)
class Result:
    """One check, "ok", "bad" or "skipped"."""

    what: str
    state: Literal["ok", "bad", "skipped"]
    detail: str
    todo: str = ""

    @property
    def good(self) -> bool:
        return self.state != "bad"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


async def checked(what: str, check: Callable[[], Awaitable[str]], todo: str) -> Result:
    """Run a check, for a while; `todo` is what to do where it does not know better."""
    try:
        async with asyncio.timeout(AT_MOST):
            return Result(what, "ok", await check())
    except Skipped as reason:
        return Result(what, "skipped", str(reason))
    except Bad as wrong:
        return Result(what, "bad", str(wrong), wrong.todo)
    except TimeoutError:
        return Result(what, "bad", f"no answer within {AT_MOST:g} s", todo)
    except Exception as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        return Result(what, "bad", first[:300], todo)
