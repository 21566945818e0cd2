"""The socket: handshake, frames in, answers out."""

import asyncio
import logging
from collections import deque
from contextvars import copy_context
from typing import Any

from starlette.websockets import WebSocket

from app.errors import Problem
from realtime import frames, incoming
from realtime.codes import BINARY, FORBIDDEN, SIGNED_OUT, TOO_SLOW
from realtime.connection import Connection
from realtime.limits import Limits
from realtime.ports import Reader
from realtime.services import Services
from realtime.wire import wire_of

logger = logging.getLogger(__name__)

INBOX = 32  # frames that wait; the peer is not read beyond them, and TCP makes it wait


async def endpoint(websocket: WebSocket, services: Services) -> None:
    """One socket's life."""
    if not services.hub.source.origin_allowed(websocket.scope):
        await websocket.close()
        return
    reader = await _identify(websocket, services)
    await websocket.accept()
    if isinstance(reader, Reader):
        await Session(websocket, reader, services).run()
    else:
        await websocket.close(reader)


async def _identify(websocket: WebSocket, services: Services) -> Reader | int:
    """Who it is, or the code to close with: only after accepting can a browser see why."""
    try:
        async with asyncio.timeout(services.pace.resume):
            return await services.hub.source.identify(websocket.scope) or SIGNED_OUT
    except Problem as problem:
        return {"unauthenticated": SIGNED_OUT, "forbidden": FORBIDDEN}.get(problem.code, TOO_SLOW)
    except Exception as error:
        logger.warning("identify: %r", error)
        return TOO_SLOW


class Session:
    """Does one command after the other; reads on while few wait, so that pongs and the end are seen."""

    def __init__(self, websocket: WebSocket, reader: Reader, services: Services) -> None:
        self._websocket = websocket
        self._services = services
        self._hub = services.hub
        self._reader = reader
        self._wire = wire_of(websocket.scope)
        self._connection = Connection(reader, self._wire, websocket.send)
        self._limits = Limits()
        self._inbox: deque[str] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._resume_timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()  # frames come in by themselves; what they do belongs to this socket

    async def run(self) -> None:
        """Until the peer or we close."""
        self._services.join(self._connection)
        wait = self._services.pace.resume
        self._resume_timer = self._loop.call_later(wait, self._connection.close, TOO_SLOW)
        self._wire.listen(self._take)
        try:
            await self._receive()
            await self._leave()
        finally:
            self._resume_timer.cancel()
            if self._worker is not None:
                self._worker.cancel()
            self._services.leave(self._connection)
            await self._connection.finish()

    async def _receive(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                self._connection.close(BINARY)
            else:
                self._take(text)

    async def _leave(self) -> None:
        """What a peer that left had sent is still done; of one whom we closed, what has begun."""
        self._connection.gone()
        self._services.leave(self._connection)
        if self._worker is not None:
            await asyncio.wait({self._worker}, timeout=self._services.pace.command)

    def _take(self, text: str) -> None:
        if self._connection.closed_by_us:
            return
        self._inbox.append(text)
        if len(self._inbox) >= INBOX:
            self._wire.pause()
        if self._worker is None:
            self._worker = self._loop.create_task(self._work(), context=self._context)

    async def _work(self) -> None:
        try:
            while self._inbox and not self._connection.closed_by_us:
                text = self._inbox.popleft()
                if len(self._inbox) == INBOX // 2:
                    self._wire.resume()
                await self._handle(text)
                await self._connection.room()
        finally:
            self._worker = None

    async def _handle(self, text: str) -> None:
        frame: dict[str, Any] = {}
        try:
            frame = incoming.parse(text)
            await self._dispatch(frame)
        except Problem as problem:
            self._refuse(frame, problem)
        except Exception:
            logger.exception("frame %s", frame.get("type"))
            self._refuse(frame, Problem("unavailable", "This did not work now. Try again.", retry_after=1))

    async def _dispatch(self, frame: dict[str, Any]) -> None:
        kind = frame.get("type")
        if wait := self._limits.take(kind):
            raise Problem("rate_limited", "Too much at once.", retry_after=wait)
        match kind:
            case "do":
                await self._do(incoming.do(frame))
            case "resume":
                await self._resume(incoming.resume(frame, self._hub.source))
            case "typing":
                self._typing(incoming.typing(frame, self._hub.source))
            case "ping":
                self._connection.say(frames.PONG)
            case _:
                raise incoming.malformed("There is no such type of frame.")

    def _refuse(self, frame: dict[str, Any], problem: Problem) -> None:
        self._connection.say(frames.nack(incoming.cid_of(frame), problem))
        if problem.code == "unauthenticated":
            self._connection.close_after(SIGNED_OUT)

    async def _do(self, command: incoming.Do) -> None:
        perform = self._hub.source.perform
        self._connection.working_since = self._loop.time()
        try:
            number, seq = await perform(self._reader, command.verb, command.order, command.data, command.cid)
        finally:
            self._connection.working_since = None
        self._connection.say(frames.ack(command.cid, number, seq))

    async def _resume(self, wish: incoming.Resume) -> None:
        if self._resume_timer is not None:
            self._resume_timer.cancel()
        async with asyncio.timeout(self._services.pace.command):
            await self._services.resume(self._connection, wish)

    def _typing(self, typing: incoming.Typing) -> None:
        if typing.order not in self._connection.cursors or typing.order is None:
            raise Problem("not_found", "There is no such order here.")
        if not self._reader.writes:
            raise Problem("forbidden", "This token may only read.")
        if typing.note and self._reader.side != "team":
            raise Problem("forbidden", "Notes are for the team.")
        self._services.presence.typed(self._connection, typing.order, typing.note)
