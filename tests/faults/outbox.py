"""What was written and is not yet known to be stored: in order, one in flight per order, again if need be."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

LATER = ("rate_limited", "unavailable")
Frame = dict[str, Any]


@dataclass
class Said:
    """Something that was written, and what became of it."""

    order: str
    verb: str
    text: str
    cid: str = field(default_factory=lambda: str(uuid4()))
    at: float = field(default_factory=time.monotonic)
    sent: float | None = None
    acked: float | None = None
    seq: int | None = None
    refused: str | None = None

    @property
    def frame(self) -> Frame:
        data = {"text": self.text}
        return {"type": "do", "cid": self.cid, "order": self.order, "do": self.verb, "data": data}


class Outbox:
    """`send` hands a frame to the connection, `doubt` is called when an answer stays away for `patience`."""

    def __init__(self, send: Callable[[Frame], None], doubt: Callable[[], None], patience: float) -> None:
        self.said: dict[str, Said] = {}
        self._send = send
        self._doubt = doubt
        self._patience = patience
        self._open = False
        self._waiting: dict[str, deque[Said]] = defaultdict(deque)
        self._busy: dict[str, asyncio.TimerHandle] = {}

    @property
    def empty(self) -> bool:
        return not any(self._waiting.values())

    def waiting(self, order: str) -> int:
        return len(self._waiting[order])

    def add(self, said: Said) -> None:
        self.said[said.cid] = said
        self._waiting[said.order].append(said)
        self._pump(said.order)

    def opened(self) -> None:
        """There is a connection: what was under way may have been lost with the one before."""
        self._open = True
        for order in tuple(self._waiting):
            self._pump(order)

    def closed(self) -> None:
        self._open = False
        for order in tuple(self._busy):
            self._free(order)

    def acked(self, frame: Frame) -> str | None:
        """What is wrong with this answer."""
        said = self.said.get(frame["cid"])
        if said is None or said.order != frame["order"]:
            return f"an ack of what was not said: {frame}"
        again = said.acked is not None and said.seq != frame["seq"]
        wrong = f"acknowledged at {said.seq} and then otherwise: {frame}" if again else None
        said.acked, said.seq = said.acked or time.monotonic(), frame["seq"]
        self._answered(said)
        return wrong

    def nacked(self, said: Said, frame: Frame) -> None:
        if frame["code"] in LATER:
            self._later(said.order, frame.get("retry_after") or 1)
        else:
            said.refused = frame["code"]
            self._answered(said)

    def _pump(self, order: str) -> None:
        if self._open and order not in self._busy and self._waiting[order]:
            loop = asyncio.get_running_loop()
            self._busy[order] = loop.call_later(self._patience, self._doubt)
            said = self._waiting[order][0]
            said.sent = said.sent or time.monotonic()
            self._send(said.frame)

    def _answered(self, said: Said) -> None:
        """The answer is of the first, or of one that was answered before."""
        if self._waiting[said.order] and self._waiting[said.order][0] is said:
            self._waiting[said.order].popleft()
            self._free(said.order)
        self._pump(said.order)

    def _later(self, order: str, seconds: float) -> None:
        self._free(order)
        self._busy[order] = asyncio.get_running_loop().call_later(seconds, self._again, order)

    def _again(self, order: str) -> None:
        self._free(order)
        self._pump(order)

    def _free(self, order: str) -> None:
        if timer := self._busy.pop(order, None):
            timer.cancel()
