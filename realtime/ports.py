"""What realtime asks of the application. `app.main` hands in one object that answers it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from app.entries import Entry, Head, Side


@dataclass(frozen=True, slots=True)
class Reader:
    """Who holds a connection, settled at the handshake.

    `key` names the identity (equal for two tabs of one person), `ticket` is the session or token that opened
    it ("s:…" or "t:…"), `actor` is opaque and goes back to the application with every call. `known_as` is
    the person that entries name, where that is another than `key`: a guest acts as an order's customer
    without being them. Who does not write leaves no trace: is not said to be here, and does not type.
    """

    key: str
    ticket: str
    side: Side
    role: Literal["member", "customer"]
    name: str
    actor: Any
    known_as: str = ""
    writes: bool = True

    @property
    def person(self) -> str:
        """Whom others see."""
        return self.known_as or self.key


@dataclass(frozen=True, slots=True)
class DeskFrames:
    """List and badge frames for one reader: each frame without HTML, and what gives its `content` in a
    language (None: it has none). Frames that say the same to several readers are one object."""

    frames: Sequence[tuple[dict[str, Any], Callable[[str], str | None]]]


class Source(Protocol):
    """The application's side of the socket."""

    async def identify(self, scope: Mapping[str, Any]) -> Reader | None:
        """Who opens this socket (bearer token, or cookie by `side`), None when nobody."""

    def origin_allowed(self, scope: Mapping[str, Any]) -> bool:
        """Whether a browser's handshake may go on; a bearer token needs no Origin."""

    async def alive(self, tickets: Collection[str]) -> set[str]:
        """Which of these sessions and tokens still hold."""

    async def barred(self, tickets: Collection[str]) -> set[str]:
        """Of sessions and tokens that ended those whose person is no longer allowed anything."""

    async def epoch(self) -> str:
        """The identity of the log; changes after a restore."""

    async def renew_epoch(self, known: str) -> str:
        """The log went back: make the epoch new unless it is another than `known` already; answers it."""

    async def visible(self, reader: Reader, orders: Collection[int]) -> dict[int, Head]:
        """Of these orders those that the reader may see, with their heads."""

    async def heads(self, orders: Collection[int]) -> dict[int, Head]:
        """Heads of orders, without asking who reads."""

    async def changed(self, seconds: float) -> dict[int, Head]:
        """Orders that got an entry during the last `seconds`, with their heads."""

    async def entries(self, order: int, after: int, limit: int, side: Side) -> list[Entry]:
        """Entries after `after` that this side may see, oldest first."""

    async def tail(self, positions: Mapping[int, int], most: int) -> dict[int, list[Entry]]:
        """By order, entries after its position, for all audiences, oldest first; at most `most` of each."""

    async def contents(self, order: int, entries: Sequence[Entry], side: Side, language: str) -> list[str]:
        """The HTML `content` of each entry."""

    def content_now(self, entry: Entry, side: Side, language: str) -> str | None:
        """The same of one entry, where nothing need be read for it; else None."""

    async def desk(self, readers: Collection[Reader], orders: Collection[int]) -> dict[str, DeskFrames]:
        """By reader key: `list` and `badge` frames of these orders (those that the reader may see).

        Without orders one badge of the totals alone.
        """

    async def perform(
        self, reader: Reader, verb: str, order: str | None, data: Any, cid: str
    ) -> tuple[str | None, int | None]:
        """Do a verb; answers (order number, seq). Raises app.errors.Problem."""

    async def peeking(self, orders: Collection[int]) -> set[int]:
        """Of these orders those that members only look at (pending), so that the customer must not know."""

    def order_id(self, number: object) -> int | None:
        """The order that a number in a frame names; None when it is malformed."""

    def language(self, wanted: str) -> str | None:
        """The language to render for a client that wants `wanted`; None when it shall get no HTML."""

    def number(self, order: int) -> str:
        """The number of an order, as frames say it."""
