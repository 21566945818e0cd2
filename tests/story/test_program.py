"""The program of docs/live_client.py in the chat of an order."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.cast import BOB, Person
from tests.processes import eventually
from tests.product import ROOT
from tests.story.people import House
from tests.story.test_restarts import texts

CLIENT = ROOT / "docs" / "live_client.py"


class Program:
    """The client as a process of its own; `entries` is what it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.entries: list[dict[str, Any]] = []

    async def listens(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self.entries.append(json.loads(line))

    def writes(self, text: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{text}\n".encode())

    @property
    def messages(self) -> list[str]:
        return [entry["data"]["text"] for entry in self.entries if entry["kind"] == "message"]

    async def sees(self, *messages: str) -> None:
        await eventually(lambda: set(messages) <= set(self.messages), f"seeing {messages}", 60)

    def has_all_once_and_in_order(self) -> bool:
        before = [0, *(entry["seq"] for entry in self.entries)]
        return [entry["prev"] for entry in self.entries] == before[:-1]


@asynccontextmanager
async def program(house: House, person: Person, number: str) -> AsyncIterator[Program]:
    env = os.environ | {"ORDERLINE_TOKEN": house.shop.tokens[person], "NO_PROXY": "*"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CLIENT), house.shop.urls[-1], number, env=env,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    running = Program(process)
    listening = asyncio.create_task(running.listens())
    try:
        yield running
    finally:
        process.kill()
        await listening
        await process.wait()


async def test_a_program_and_a_browser_chat(house: House) -> None:
    alice, _, number = await house.chat()
    async with program(house, BOB, number) as bot:
        await bot.sees("Hello Alice")
        for turn in range(5):
            bot.writes(f"Program {turn}")
            await alice.writes(f"Alice {turn}")
        said = [f"{who} {turn}" for turn in range(5) for who in ("Program", "Alice")]
        await bot.sees(*said)
        for text in said:
            await alice.sees(text)
        assert bot.has_all_once_and_in_order()
        assert sorted(bot.messages) == sorted(["Hello Alice", *said])
        assert await texts(alice) == bot.messages
        assert [text for text in bot.messages if text.startswith("Program")] == said[::2]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_the_program_outlives_a_restart_of_the_server(own_house: House, how: signal.Signals) -> None:
    number = await own_house.order()
    async with program(own_house, BOB, number) as bot:
        bot.writes("Before")
        await bot.sees("Before")
        for process in own_house.shop.web:
            await (process.stop() if how == signal.SIGTERM else process.kill())
        bot.writes("While it was away")
        for process in own_house.shop.web:
            await process.start()
        await own_house.do(BOB, f"{number}/messages", text="From elsewhere")
        bot.writes("After")
        await bot.sees("While it was away", "From elsewhere", "After")
        assert len(bot.messages) == 4
        assert bot.has_all_once_and_in_order()
