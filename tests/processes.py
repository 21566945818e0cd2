"""Real processes for tests: started, watched until ready, stopped, killed, never left behind."""

import asyncio
import inspect
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pytest

RUNNING: "list[Process]" = []
_taken: set[int] = set()


async def eventually(
    condition: Callable[[], object | Awaitable[object]], what: str = "it", within: float = 10
) -> None:
    """Wait until `condition` holds; fail when it does not in time."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {within:g} s")
        await asyncio.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens on.

    Below the range for outgoing connections: a client that keeps dialling a stopped server's port from within
    that range ends up connected to itself, and the server cannot come back. Each test process has a range
    of its own, so that no two choose the same one at once.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 6
    first = 20_000 + 2_000 * worker
    for port in random.SystemRandom().sample(range(first, first + 2_000), 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port not in _taken and probe.connect_ex(("127.0.0.1", port)) != 0:
                _taken.add(port)
                return port
    raise AssertionError("no free port")


def find(*names: str, folders: Sequence[Path] = ()) -> str:
    """The first of these programs; without one the test is skipped, under CI=true it fails."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    reason = f"{names[0]} is not on this machine"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class Running(Protocol):
    """What we need of `subprocess.Popen`, or of what stands in for it."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, how: signal.Signals, /) -> None: ...


class Process:
    """A program on a port of 127.0.0.1 (0: it has none); it starts again on the same one."""

    def __init__(
        self,
        command: Sequence[str],
        directory: Path,
        port: int = 0,
        env: Mapping[str, str] | None = None,
        owner: tuple[int, int] | None = None,
        name: str = "",
    ) -> None:
        self.command = command
        self.directory = directory
        self.port = port
        self.env = env
        self.owner = owner
        self.log = directory / f"{name or Path(command[0]).name}-{port}.log"
        self._process: Running | None = None
        self._mark = 0

    @property
    def pid(self) -> int:
        assert self._process, "not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start and wait until it can be used."""
        assert not self.running, f"{self.command[0]} runs already"
        self._process = self._spawn()
        RUNNING.append(self)
        try:
            await eventually(self._ready_or_dead, f"the start of {self.command[0]}", 60)
            assert self.running, f"{self.command} ended with {self._process.returncode}"
        except BaseException as error:
            await self.stop(signal.SIGKILL)
            error.add_note(self.text()[-4000:])
            raise

    def _spawn(self) -> Running:
        user, group = self.owner or (None, None)
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in a terminal reaches only pytest, which ends everything in order.
            return subprocess.Popen(
                self.command, cwd=self.directory, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, user=user, group=group,
                extra_groups=[] if self.owner else None,
            )  # fmt: skip

    async def _ready_or_dead(self) -> bool:
        return not self.running or await self.ready()

    async def ready(self) -> bool:
        """Whether it takes connections."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def stop(self, how: signal.Signals = signal.SIGTERM, within: float = 40) -> int | None:
        """Ask it to end with `how`; its exit code. Not to be gone in time is an error, and it is killed."""
        if self._process is None:
            return None
        self._process.send_signal(how)
        try:
            return await asyncio.to_thread(self._process.wait, within)
        finally:
            self._kill_group()
            await asyncio.to_thread(self._process.wait)
            if self in RUNNING:
                RUNNING.remove(self)

    async def kill(self) -> None:
        """End it and its children at once, as a crash would."""
        self._kill_group()
        await self.stop(signal.SIGKILL)

    def _kill_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def mark(self) -> None:
        """From here on `text()` is what interests."""
        self._mark = self.log.stat().st_size

    def text(self) -> str:
        """What it printed since `mark()`."""
        with self.log.open("rb") as log:
            log.seek(self._mark)
            return log.read().decode(errors="replace")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
