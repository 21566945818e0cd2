"""The socket: handshake, frames in, answers out."""

import asyncio
import logging
from typing import Any

from starlette.websockets import WebSocket

from app.errors import Problem
from realtime import frames, incoming
from realtime.codes import BINARY, FAILED, FORBIDDEN, SIGNED_OUT, TOO_SLOW
from realtime.connection import Connection
from realtime.limits import Limits
from realtime.ports import Reader
from realtime.services import Services

logger = logging.getLogger(__name__)

INBOX = 32


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
    """Reads always, so that pongs and the end are seen; does one command after the other."""

    def __init__(self, websocket: WebSocket, reader: Reader, services: Services) -> None:
        self._websocket = websocket
        self._services = services
        self._hub = services.hub
        self._reader = reader
        self._connection = Connection(reader, websocket.send)
        self._limits = Limits()
        # Full: the peer is not read until its commands are done, and TCP makes it wait.
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue(INBOX)
        self._resume_timer: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Until the peer or we close."""
        loop = asyncio.get_running_loop()
        self._services.join(self._connection)
        self._resume_timer = loop.call_later(self._services.pace.resume, self._connection.close, TOO_SLOW)
        worker = loop.create_task(self._work())
        self._connection.start()
        try:
            await self._receive()
            self._connection.gone()
            self._services.leave(self._connection)
            await self._inbox.put(None)
            await worker
        finally:
            self._resume_timer.cancel()
            worker.cancel()
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
                await self._inbox.put(text)

    async def _work(self) -> None:
        """What a peer that left had sent is still done; what one sent whom we closed is not."""
        while (text := await self._inbox.get()) is not None:
            if not self._connection.closed_by_us:
                await self._handle(text)
                await self._connection.room()

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
        try:
            async with asyncio.timeout(self._services.pace.command):
                number, seq = await perform(
                    self._reader, command.verb, command.order, command.data, command.cid
                )
        except TimeoutError:
            # Whether it was committed is unknown, so neither answer is true, and the next command must
            # not overtake it: the client comes back and asks again with the same cid.
            logger.warning("%s took too long", command.verb)
            self._connection.close(FAILED)
            return
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
