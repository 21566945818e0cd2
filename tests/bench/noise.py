"""What else goes on in a shop while people chat: reading, typing, long histories opened."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import orjson

from tests.bench.sockets import HtmlLink, Ledger, Link, OrderlineLink, dial

READS, TYPING, PAGES = 50, 100, 1  # a second
AT_ONCE = 200  # entries that the API gives in one answer
FLOOD, SOCKETS = 2_000, 10  # messages a second of one person, over so many sockets


class HistoryLink(HtmlLink):
    """Comes to an order for the first time, and is ready once it has all entries."""

    def __init__(self, ledger: Ledger, number: str, entries: int) -> None:
        super().__init__(ledger, "team", 0, {"order": number, "seq": 0})
        self.entries = entries

    def up(self) -> None:
        pass  # a hello is not enough

    def event(self, frame: dict[str, Any]) -> None:
        super().event(frame)
        if self.seen == self.entries:
            super().up()


class Noise:
    """`run` until cancelled. What is done is counted in `done`, so that nobody takes silence for noise."""

    def __init__(self, links: list[list[Link]], fixture: dict[str, Any], url: str) -> None:
        self.links = [link for pair in links for link in pair if isinstance(link, OrderlineLink)]
        self.long, self.token = fixture["long"], fixture["inbox"][0]
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self.url = url
        self.http = url.replace("ws://", "http://").removesuffix("/live")
        self.done = dict.fromkeys(("read", "typing", "pages"), 0)

    async def run(self) -> None:
        async with httpx2.AsyncClient(base_url=self.http, headers=self.headers, trust_env=False) as client:
            await asyncio.gather(
                self._every("read", READS, self._read),
                self._every("typing", TYPING, self._type),
                self._every("pages", PAGES, lambda: self._open(client)),
            )

    async def _every(self, name: str, rate: float, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(random.expovariate(rate))
            await step()
            self.done[name] += 1

    async def _read(self) -> None:
        link = random.choice(self.links)
        seen = link.entry["seq"] if link.seen is None else link.seen
        link.do(str(uuid.uuid4()), "read", {"seq": seen})

    async def _type(self) -> None:
        link = random.choice(self.links)
        link.send(orjson.dumps({"type": "typing", "order": link.entry["order"]}))

    async def _open(self, client: httpx2.AsyncClient) -> None:
        """The long order's whole history: by the API, and as a browser catches up with it."""
        number, entries = self.long["order"], self.long["seq"]
        for after in range(0, entries, AT_ONCE):
            path = f"/api/v1/orders/{number}/timeline?after={after}&limit={AT_ONCE}"
            (await client.get(path, timeout=30)).raise_for_status()
        ledger = Ledger()
        link = await dial(lambda: HistoryLink(ledger, number, entries), self.url, self.token)
        link.close()


class Flood:
    """One member says all they can on one order, over many sockets and whatever they are answered."""

    def __init__(self, fixture: dict[str, Any], url: str) -> None:
        self.entry, self.token, self.url = fixture["long"], fixture["inbox"][1], url
        self.done = {"flooded": 0, "let through": 0}

    async def run(self) -> None:
        ledger = Ledger()
        links = [
            await dial(lambda: OrderlineLink(ledger, "team", 0, self.entry), self.url, self.token)
            for _ in range(SOCKETS)
        ]
        while True:
            await asyncio.sleep(0.02)
            for link in links:
                for _ in range(FLOOD // SOCKETS // 50):
                    link.say(str(uuid.uuid4()))
                    self.done["flooded"] += 1
            self.done["let through"] = max(link.seen or 0 for link in links) - self.entry["seq"]
