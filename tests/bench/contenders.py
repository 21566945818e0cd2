"""Who is measured: Orderline in its ways to run, and the peers that do the same work."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.bench.machine import SERVER, free_port, pinned
from tests.processes import Process
from tests.product import ORDERLINE, environment
from tests.servers import Postgres, Redis

PEERS = Path(__file__).parent / "peers"
NODE = PEERS / "socketio"
UVICORN = (
    sys.executable, "-m", "uvicorn", "--log-level", "error", "--backlog", "4096",
    "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--port",
)  # fmt: skip


@dataclass(frozen=True)
class Contender:
    """How to start a server, and how its clients speak. `command` is followed by the port."""

    name: str
    protocol: str
    command: tuple[str, ...]
    directory: Path = PEERS
    path: str = "/ws"
    after: tuple[str, ...] = ()
    database: Literal["peers", "orderline", "sqlite"] = "peers"
    processes: int = 1

    @property
    def ours(self) -> bool:
        return self.database != "peers"


def _orderline(
    name: str, protocol: str, database: Literal["orderline", "sqlite"] = "orderline", processes: int = 1
) -> Contender:
    command = (*ORDERLINE, "serve", "--port")
    return Contender(name, protocol, command, path="/live", database=database, processes=processes)


SOCKETIO = "/socket.io/?EIO=4&transport=websocket"
CONTENDERS = {
    each.name: each
    for each in (
        _orderline("orderline", "orderline"),
        _orderline("orderline_html", "html"),
        _orderline("orderline_sqlite", "orderline", "sqlite"),
        _orderline("orderline_two", "orderline", processes=2),
        Contender("socketio", "socketio", ("node", "server.js"), NODE, SOCKETIO),
        Contender("channels", "json", UVICORN, after=("channels_asgi:app",)),
        Contender("floor", "json", (sys.executable, "floor.py")),
    )
}


def missing(contender: Contender) -> str | None:
    """Why it cannot be measured here; its packages are installed when npm may."""
    if contender.directory != NODE:
        return None
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "node and npm are not on this machine: the Socket.IO peer is skipped"
    if not (NODE / "node_modules").exists():
        install = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund")
        done = subprocess.run(install, cwd=NODE, capture_output=True, text=True)
        if done.returncode:
            return f"npm install failed, the Socket.IO peer is skipped: {done.stderr.strip()[-300:]}"
    return None


@asynccontextmanager
async def served(
    contender: Contender, url: str, bus: Redis, postgres: Postgres, directory: Path
) -> AsyncIterator[list[Process]]:
    """Its processes, all on the server's core; the second one of two is on the same."""
    started: list[Process] = []
    try:
        for _ in range(contender.processes):
            port = free_port()
            env = _env(contender, url, bus, postgres, port)
            command = pinned(SERVER, *contender.command, str(port), *contender.after)
            where = directory if contender.ours else contender.directory
            process = Process(command, where, port, env, name=contender.name)
            process.log = directory / f"{contender.name}-{port}.log"
            started.append(process)
            await process.start()
        yield started
    finally:
        for process in started:
            await process.kill()


def _env(contender: Contender, url: str, bus: Redis, postgres: Postgres, port: int) -> dict[str, str]:
    if contender.ours:
        alone = contender.database == "sqlite"
        here = f"http://127.0.0.1:{port}"
        return environment(DATABASE_URL=url, REDIS_URL="" if alone else bus.url, PUBLIC_URL=here)
    return environment(PG=url, PGPORT=str(postgres.port), REDIS=bus.url, PYTHONWARNINGS="ignore")


def addresses(contender: Contender, processes: list[Process]) -> list[str]:
    return [f"ws://127.0.0.1:{process.port}{contender.path}" for process in processes]
