"""Orderline served with faults at hand: what `orderline serve` runs, and a door that only these tests know.

    python -m tests.faults.served PORT

Nothing of it is in the product: points and actions hang on SQLAlchemy's events, on the database's own
listeners and around the bus, all inside this process. `POST /faults` says what shall happen next.
"""

import asyncio
import json
import logging
import os
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

import uvicorn
from sqlalchemy import event
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.context import Context
from app.db import Database
from app.keyed import Keyed
from app.main import create_app
from app.settings import load
from realtime import live
from realtime.pace import Pace
from realtime.redis_backend import RedisBackend
from realtime.server import LiveProtocol, server_config

POINTS = ("before_commit", "after_commit", "after_announce", "after_publish")


def kill(_: float = 0) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stop(_: float = 0) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def kill_soon(seconds: float) -> None:
    """From a thread, so that it strikes whatever this process does by then."""
    threading.Timer(seconds, kill).start()


class Faults:
    """What is armed: at a point, an action, once."""

    def __init__(self) -> None:
        self.server: uvicorn.Server | None = None
        self.unreliable = 0.0
        self.mute = False
        self.failing = 0.0
        self.struck = 0
        self._armed: dict[str, tuple[str, float]] = {}
        self._actions: dict[str, Callable[[float], None]] = {
            "kill": kill,
            "kill_soon": kill_soon,
            "stop": stop,
            "block": time.sleep,
            "drop_sockets": self.drop_sockets,
            "fail": self._fail,
        }

    def arm(self, point: str, action: str, value: float) -> None:
        if point == "now":
            self._actions[action](value)
        else:
            assert point in POINTS and action in self._actions
            self._armed[point] = action, value

    def reached(self, point: str) -> None:
        if point == "before_commit" and random.random() < self.failing:
            self._fail(0)
        if armed := self._armed.pop(point, None):
            self.struck += 1
            self._actions[armed[0]](armed[1])

    def drop_sockets(self, _: float = 0) -> None:
        """Every live socket ends before another byte leaves; not the test's own requests."""
        for connection in self._live():
            connection.transport.abort()

    def _fail(self, _: float) -> None:
        raise ConnectionError("a fault was asked for")

    def sockets(self) -> int:
        """The live sockets that this process holds."""
        return len(self._live())

    def _live(self) -> list[LiveProtocol]:
        assert self.server is not None
        held = self.server.server_state.connections
        return [connection for connection in held if isinstance(connection, LiveProtocol)]

    def fate(self) -> list[float]:
        """After how many seconds each copy of a hint arrives: none is lost, two are doubled."""
        if self.mute:
            return []
        if random.random() >= self.unreliable:
            return [0.0]
        return random.choice(([], [0.0, 0.01], [random.uniform(0.1, 1.5)], [0.0, 0.5]))


def watch_commits(db: Database, faults: Faults) -> None:
    """The points around a commit that writes entries."""
    engine = db.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def executes(connection: Any, _c: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO entries" in statement:
            connection.info["entries"] = True

    @event.listens_for(engine, "commit")
    def commits(connection: Any) -> None:
        if connection.info.pop("entries", False):
            faults.reached("before_commit")

    @event.listens_for(engine, "rollback")
    def rolls_back(connection: Any) -> None:
        connection.info.pop("entries", None)

    fetch = Keyed.fetch

    async def fetching(self: Keyed, statement: str, *values: Any) -> list[Any]:
        """A batch of messages: one statement below SQLAlchemy, which is its own transaction."""
        if "INSERT INTO entries" in statement:
            faults.reached("before_commit")
        return await fetch(self, statement, *values)

    Keyed.fetch = fetching  # type: ignore[method-assign]


def watch_announcements(db: Database, faults: Faults) -> None:
    """The points around telling others of it, and what of that is lost, doubled or late."""

    def unreliable(listener: Callable[..., None]) -> Callable[..., None]:
        def told(*arguments: Any) -> None:
            for delay in faults.fate():
                if delay:
                    asyncio.get_running_loop().call_later(delay, listener, *arguments)
                else:
                    listener(*arguments)

        return told

    before, after = (
        lambda *_, point=point: faults.reached(point) for point in ("after_commit", "after_announce")
    )
    db.committed[:] = [before, *map(unreliable, db.committed), after]


def watch_bus(faults: Faults) -> None:
    """The same between processes."""
    publish: Callable[[RedisBackend, str, Any], Awaitable[None]] = RedisBackend.publish

    async def unreliable(self: RedisBackend, channel: str, message: Any) -> None:
        for delay in faults.fate():
            await asyncio.sleep(delay)
            await publish(self, channel, message)
        if channel.endswith("hints"):
            faults.reached("after_publish")

    RedisBackend.publish = unreliable  # type: ignore[method-assign]


def fill_the_disk(db: Database, faults_full: Callable[[], bool]) -> None:
    """SQLite's own limit: while it is full, no page is added to the file."""

    @event.listens_for(db.engine.sync_engine, "checkout")
    def borrowed(connection: Any, *_: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count={1 if faults_full() else 2**31 - 2}")
        cursor.close()


def set_clock(seconds: float) -> None:
    """Every clock of the application goes wrong by so much."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=seconds)

    for name, module in tuple(sys.modules.items()):
        if name.startswith(("app.", "realtime.")) and hasattr(module, "datetime"):
            setattr(module, "datetime", Wrong)  # noqa: B010


def say_what_runs(*_: Any) -> None:
    """On SIGUSR1: every task, and where it waits. For a process that should have ended."""
    for task in asyncio.all_tasks(asyncio.get_running_loop()):
        task.print_stack(limit=6)


class Door:
    """The application, and `/faults` in front of it."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults
        self.full = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/faults":
            return await self.app(scope, receive, send)
        wish = json.loads((await receive())["body"] or "{}")
        self.faults.unreliable = wish.get("unreliable", self.faults.unreliable)
        self.faults.mute = wish.get("mute", self.faults.mute)
        self.faults.failing = wish.get("failing", self.faults.failing)
        self.full = wish.get("full", self.full)
        if "clock" in wish:
            set_clock(wish["clock"])
        state = {"struck": self.faults.struck, "sockets": self.faults.sockets()}
        await JSONResponse(state)(scope, receive, send)
        if "point" in wish:
            self.faults.arm(wish["point"], wish["action"], wish.get("value", 0))
        return None


def main(port: int, settings: dict[str, Any]) -> None:
    """`settings`: "pace" shortens the product's intervals, all others go to uvicorn."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    pace = Pace(**settings.pop("pace", {}))
    setattr(live, "Pace", lambda: pace)  # noqa: B010
    app, faults = create_app(load(port=port), watchdog=True), Faults()
    context: Context = app.state.context
    watch_commits(context.db, faults)
    watch_announcements(context.db, faults)
    watch_bus(faults)
    door = Door(app, faults)
    if context.db.sqlite:
        fill_the_disk(context.db, lambda: door.full)
    config = server_config(door, port=port, log_level="warning", lifespan="on", **settings)
    faults.server = uvicorn.Server(config)
    signal.signal(signal.SIGUSR1, say_what_runs)
    faults.server.run([listener(port)])


def listener(port: int) -> socket.socket:
    """With small buffers, as a container behind a proxy has: what a peer does not take is soon felt."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
    made.bind(("127.0.0.1", port))
    return made


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
