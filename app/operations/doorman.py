"""Who is let in at `/live`: how many sockets a person and an address may hold, how often one may knock.

An address over its limits is told 429 before anything is looked up, a person 1013 once it is known who they
are: either way the client comes back later. Loopback addresses are nobody's: what comes from there is this
machine, or a proxy that does not say for whom it speaks; to limit that would be to limit everybody together.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.routing import websocket_session
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from app.errors import Problem
from app.limits import Buckets, Shared
from app.operations import metrics
from app.operations.access_log import request_id_of
from app.operations.addresses import address_of
from app.operations.crowd import Crowd
from app.operations.logs import ABOUT, About, kind_of
from app.settings import Settings
from app.source import DatabaseSource
from realtime.ports import Reader

SEAT: Final = "orderline.seat"
logger = logging.getLogger("orderline.sockets")


class Doorman:
    """Stands before `inner`, the endpoint of the sockets; `Door` asks it once it is known who comes."""

    def __init__(self, settings: Settings) -> None:
        self.crowd = Crowd()
        self.connecting = Shared(
            "connecting", Buckets(settings.connects_per_address, settings.sockets_per_address)
        )
        self._settings = settings

    def before(self, inner: Callable[[WebSocket], Awaitable[None]]) -> "Door":
        return Door(self, inner)

    async def knock(self, address: str) -> float:
        """0, or after how many seconds this address may try again."""
        if self.crowd.holds(address) >= self._settings.sockets_per_address:
            return 10.0
        return await self.connecting.wait(address)

    def seat(self, scope: dict[str, Any], reader: Reader) -> None:
        """Let a person in. Raises 429, which closes with 1013."""
        program = reader.ticket.startswith("t:")
        key = f"{'program' if program else 'person'} {reader.key}"
        most = self._settings.sockets_per_program if program else self._settings.sockets_per_person
        if self.crowd.holds(key) >= most:
            metrics.turned_away("person")
            logger.info("refused: %s holds %s sockets", kind_of(reader.actor), most)
            raise Problem("rate_limited", "That was a lot at once. Please wait a moment.", retry_after=10)
        scope[SEAT] = key
        self.crowd.enter(key)
        metrics.opened()
        about = ABOUT.get()
        if about is not None:
            about.actor = kind_of(reader.actor)
        logger.info("opened")


class Door:
    """The route `/live`. What it adds to each frame is one comparison."""

    def __init__(self, doorman: Doorman, inner: Callable[[WebSocket], Awaitable[None]]) -> None:
        self._doorman = doorman
        self._app = websocket_session(inner)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ABOUT.set(About(socket=request_id_of(scope)))
        address = address_of(scope)
        if address is None:
            await self._visit(scope, receive, send)
        elif wait := await self._doorman.knock(address):
            await _deny(WebSocket(scope, receive, send), wait)
        else:
            self._doorman.crowd.enter(address)
            try:
                await self._visit(scope, receive, send)
            finally:
                self._doorman.crowd.leave(address)

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, codes = time.monotonic(), []

        def sending(message: Message) -> Awaitable[None]:
            if message["type"] == "websocket.close":
                codes.append(message.get("code", 1000))
            return send(message)

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                codes.append(message.get("code", 1005))
            return message

        try:
            await self._app(scope, receiving, sending)
        finally:
            self._left(scope, codes[0] if codes else 1006, time.monotonic() - began)

    def _left(self, scope: Scope, code: int, seconds: float) -> None:
        seat = scope.get(SEAT)
        if seat is not None:
            self._doorman.crowd.leave(seat)
            metrics.closed(code)
        logger.info("closed with %s after %.1f s", code, seconds, extra={"code": code})


class SeatedSource(DatabaseSource):
    """Counts whom the application knows, before they are let in."""

    doorman: Doorman

    async def identify(self, scope: Mapping[str, Any]) -> Reader | None:
        reader = await super().identify(scope)
        if reader is not None:
            assert isinstance(scope, dict)
            self.doorman.seat(scope, reader)
        return reader


async def _deny(websocket: WebSocket, wait: float) -> None:
    metrics.turned_away("address")
    logger.info("refused: too much from one address")
    headers = {"Retry-After": str(max(1, round(wait)))}
    await websocket.send_denial_response(PlainTextResponse("Too many at once.", 429, headers))
