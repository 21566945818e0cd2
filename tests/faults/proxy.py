"""A TCP proxy that behaves as bad networks do, between any two of client, web, Redis and PostgreSQL."""

import asyncio
import socket
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK = 16 * 1024
NO_LINGER = struct.pack("ii", 1, 0)


class Link:
    """One connection through the proxy. Once `lost`, whatever either side sends vanishes."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near = near
        self.far = far
        self.lost = False

    def end(self, *, reset: bool) -> None:
        """Both halves, with a FIN or with a RST."""
        for writer in (self.near, self.far):
            if reset:
                with suppress(OSError):
                    raw: socket.socket = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                writer.transport.abort()
            else:
                writer.close()


class Proxy:
    """Passes everything on until it is told otherwise."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.rate: float | None = None  # bytes a second, of each direction of each link
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._swallowing = False
        self._refusing = False

    @property
    def links(self) -> int:
        return len(self._links)

    async def __aenter__(self) -> Self:
        near = _small(socket.SO_SNDBUF)
        near.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._accept, sock=near)
        self.port = near.getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Faults

    def cut(self) -> None:
        """End all links in order, as a proxy that is restarted does."""
        self._end_all(reset=False)

    def reset(self) -> None:
        """End all links with a RST."""
        self._end_all(reset=True)

    def refuse(self) -> None:
        """Reset all links, and whoever comes."""
        self._refusing = True
        self.reset()

    def pause(self) -> None:
        """Nothing moves and nothing is lost."""
        self._flowing.clear()

    def swallow(self) -> None:
        """Half-open: these links, and those made until `mend`, never carry a byte again; nobody is told."""
        self._swallowing = True
        for link in self._links:
            link.lost = True

    def mend(self) -> None:
        """From now on everything passes, but for links that lost something."""
        self._swallowing = self._refusing = False
        self.rate = None
        self._flowing.set()

    def _end_all(self, *, reset: bool) -> None:
        for link in tuple(self._links):
            link.end(reset=reset)

    # Passing on

    async def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._join(reader, near)
        except (OSError, asyncio.CancelledError):
            near.transport.abort()
        finally:
            self._tasks.discard(task)

    async def _join(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self._refusing:
            near.transport.abort()
            return
        answers, far = await asyncio.open_connection(sock=await self._reach())
        link = Link(near, far)
        link.lost = self._swallowing
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(link, reader, far))
                group.create_task(self._pump(link, answers, near))
        except* OSError:
            link.end(reset=True)
        finally:
            self._links.discard(link)
            link.end(reset=False)

    async def _reach(self) -> socket.socket:
        beyond = _small(socket.SO_RCVBUF)
        try:
            await asyncio.get_running_loop().sock_connect(beyond, ("127.0.0.1", self.target))
        except BaseException:
            beyond.close()
            raise
        return beyond

    async def _pump(self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self.rate is not None:
                await asyncio.sleep(len(data) / self.rate)
            await self._flowing.wait()
            if not link.lost:
                writer.write(data)
                await writer.drain()
        if not link.lost and writer.can_write_eof():
            writer.write_eof()


def _small(buffer: int) -> socket.socket:
    """A socket that keeps little for who does not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, buffer, 64 * 1024)
    made.setblocking(False)
    return made
