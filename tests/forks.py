"""Processes of Orderline without the seconds that Python takes to read its code and templates.

The standard library's fork server reads it once for each test process; every `orderline …` is forked from
there. It is as much a process of its own as one typed at a prompt: with its own environment, folder, session
and output, to be stopped, killed and started again. `tests/rules/test_cli.py` has the command itself started.
"""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from app.cli import main
from app.rendering import prepare

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])
prepare()


class Fork:
    """As much of `subprocess.Popen` as tests use."""

    def __init__(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        directory: Path | None,
        output: Path,
        errors: Path | None = None,
    ) -> None:
        given = (tuple(arguments), dict(env), directory, output, errors or output)
        self._process: ForkServerProcess = _context.Process(target=_orderline, args=given)
        self._process.start()
        self._asking = threading.Lock()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        """The exit code once it has ended. The fork server says it once, so one thread asks at a time."""
        with self._asking:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises TimeoutExpired when it does not end in time."""
        wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired("orderline", timeout or 0)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # ended, and the fork server has not said so yet
                os.kill(self.pid, how)


async def run(
    arguments: Sequence[str], env: Mapping[str, str], directory: Path | None, within: float = 120
) -> subprocess.CompletedProcess[str]:
    """`orderline …` run to its end."""
    with tempfile.TemporaryDirectory(prefix="orderline-") as name:
        output, errors = Path(name) / "stdout", Path(name) / "stderr"
        process = await asyncio.to_thread(Fork, arguments, env, directory, output, errors)
        try:
            code = await asyncio.to_thread(process.wait, within)
        except BaseException:
            process.send_signal(signal.SIGKILL)
            raise
        return subprocess.CompletedProcess(arguments, code, output.read_text(), errors.read_text())


def _orderline(
    arguments: Sequence[str], env: Mapping[str, str], directory: Path | None, output: Path, errors: Path
) -> None:
    """What the child does: become a process as a shell would have started it."""
    os.setsid()
    os.environ.clear()
    os.environ.update(env)
    for number, path, mode in ((0, Path(os.devnull), "rb"), (1, output, "ab"), (2, errors, "ab")):
        with path.open(mode) as file:
            os.dup2(file.fileno(), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - what multiprocessing has put there is another file
    if directory is not None:
        os.chdir(directory)
    assert isinstance(sys.stdout, TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)
    main(arguments, prog_name="orderline")
