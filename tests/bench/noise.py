"""What else goes on in a shop while people chat: reading, typing, long histories opened."""

import asyncio
import random
import sys
import uuid
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson

from tests.bench.sockets import Ledger, Link, OrderlineLink, dial

READS, TYPING = 50, 100  # a second
FLOOD, SOCKETS = 2_000, 10  # messages a second of one person, over so many sockets


class Noise:
    """`run` until cancelled. What is done is counted in `done`, so that nobody takes silence for noise."""

    def __init__(
        self, links: list[list[Link]], fixture: dict[str, Any], url: str, watching: int, count: Counter[str]
    ) -> None:
        """`watching`: how many sockets hold the Inbox. What they see is added to `count`."""
        self.count = count
        self.links = [link for pair in links for link in pair if isinstance(link, OrderlineLink)]
        inbox, long = fixture["inbox"], fixture["long"]
        self.bystanders = {"url": url, "inbox": inbox, "long": long, "watching": watching}
        self.done = dict.fromkeys(("read", "typing", "pages"), 0)

    async def run(self) -> None:
        await asyncio.gather(
            self._every("read", READS, self._read),
            self._every("typing", TYPING, self._type),
            self._hear_bystanders(),
        )

    async def _every(self, name: str, rate: float, step: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(random.expovariate(rate))
            step()
            self.done[name] += 1

    def _read(self) -> None:
        link = random.choice(self.links)
        seen = link.entry["seq"] if link.seen is None else link.seen
        link.do(str(uuid.uuid4()), "read", {"seq": seen})

    def _type(self) -> None:
        link = random.choice(self.links)
        link.send(orjson.dumps({"type": "typing", "order": link.entry["order"]}))

    async def _hear_bystanders(self) -> None:
        command = (sys.executable, "-m", "tests.bench.bystanders")
        program = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        try:
            assert program.stdin is not None
            assert program.stdout is not None
            program.stdin.write(orjson.dumps(self.bystanders) + b"\n")
            async for line in program.stdout:
                self.done["pages"] += 1
                self.count.update(orjson.loads(line))
            raise RuntimeError(f"the bystanders have gone: {await program.wait()}")
        finally:
            if program.returncode is None:
                program.kill()


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
