"""The stage: servers of our own, each pinned to a core, and what the machine is.

The measured server has core 0; load, PostgreSQL and Redis share core 1. PostgreSQL is durable, as it comes.
"""

import os
import platform
import random
import resource
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.processes import Process, find
from tests.servers import POSTGRES_FOLDERS, Postgres, Redis, _directory, _run, _unprivileged

SERVER, OTHERS = 0, 1
PORTS = range(31_000, 32_700)  # not those of tests, which may run meanwhile, nor of outgoing connections
STATEMENTS = ("-c", "shared_preload_libraries=pg_stat_statements")


def pinned(core: int, *command: str) -> tuple[str, ...]:
    """The command, kept on one core where there are two and a `taskset`."""
    if shutil.which("taskset") is None or (os.cpu_count() or 1) < 2:
        return command
    return ("taskset", "-c", str(core), *command)


def free_port() -> int:
    """A port that nobody listens on."""
    for port in random.sample(PORTS, 200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port")


@asynccontextmanager
async def postgres(*, statements: bool = False) -> AsyncIterator[Postgres]:
    """A durable cluster; with `statements` it counts what it is asked."""
    initdb, program = (find(name, folders=POSTGRES_FOLDERS) for name in ("initdb", "postgres"))
    owner = _unprivileged()
    with _directory(owner) as directory:
        data, port = str(directory / "data"), free_port()
        settings = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        await _run(Process((initdb, "-D", data, *settings), directory, owner=owner))
        command = (program, "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", str(directory))
        options = ("-c", "max_connections=200", *(STATEMENTS if statements else ()))
        async with Postgres(pinned(OTHERS, *command, *options), directory, port, owner=owner) as server:
            yield server


@asynccontextmanager
async def redis() -> AsyncIterator[Redis]:
    """A Redis that keeps nothing."""
    program, port = find("redis-server"), free_port()
    with _directory(None) as directory:
        command = (program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no")
        async with Redis(pinned(OTHERS, *command, "--dir", str(directory)), directory, port) as server:
            yield server


def raise_limits() -> None:
    """Thousands of sockets need as many descriptors, here and in every process started from here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def fsync_ms(times: int = 200) -> float:
    """How long the disk takes to keep 4 KB for good."""
    with tempfile.TemporaryFile() as file:
        began = time.perf_counter()
        for _ in range(times):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return (time.perf_counter() - began) / times * 1e3


def facts() -> dict[str, str]:
    """What a reader of figures wants to know of the machine."""
    return {
        "processor": f"{_model()}, {os.cpu_count()} cores",
        "load average at the start": f"{os.getloadavg()[0]:.2f}",
        "fsync": f"{fsync_ms():.2f} ms",
        "Python": platform.python_version(),
        "PostgreSQL": _version(find("postgres", folders=POSTGRES_FOLDERS), "--version"),
        "Redis": _version(find("redis-server"), "--version"),
        "Node": _version("node", "--version"),
    }


def _model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.machine()


def _version(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "not on this machine"
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
