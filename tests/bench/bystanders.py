"""Members at work beside the chats: they watch the Inbox and open one long history after another.

A program of its own, and a humble one: members have machines of their own, so what they read must not keep
those waiting whose messages are timed, nor the database. A line of standard input says where and who (JSON:
`url`, `inbox`, `long`, `watching`). After each history it prints what the Inboxes have counted since.
"""

import asyncio
import os
import random
import sys
from typing import Any

import click
import httpx2
import orjson
import uvloop

from tests.bench.sockets import HtmlLink, Ledger, OrderlineLink, dial

PAGES = 1  # histories a second
AT_ONCE = 200  # entries that the API gives in one answer


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


async def work(url: str, inbox: list[str], long: dict[str, Any], watching: int) -> None:
    """Until the program is ended. `inbox` are members' tokens, `long` the number and the head of an order."""
    ledger = Ledger()
    for which in range(watching):
        await dial(lambda: OrderlineLink(ledger, "team", None, {}), url, inbox[which % len(inbox)])
    headers = {"Authorization": f"Bearer {inbox[0]}"}
    http = url.replace("ws://", "http://").removesuffix("/live")
    async with httpx2.AsyncClient(base_url=http, headers=headers, trust_env=False) as client:
        while True:
            await asyncio.sleep(random.expovariate(PAGES))
            await _open(client, url, inbox[0], long["order"], long["seq"])
            click.echo(orjson.dumps(ledger.count))
            ledger.count.clear()


async def _open(client: httpx2.AsyncClient, url: str, token: str, number: str, entries: int) -> None:
    """The whole history: by the API, and as a browser catches up with it."""
    for after in range(0, entries, AT_ONCE):
        path = f"/api/v1/orders/{number}/timeline?after={after}&limit={AT_ONCE}"
        (await client.get(path, timeout=30)).raise_for_status()
    ledger = Ledger()
    link = await dial(lambda: HistoryLink(ledger, number, entries), url, token)
    link.close()


if __name__ == "__main__":
    os.nice(10)
    uvloop.run(work(**orjson.loads(sys.stdin.readline())))
