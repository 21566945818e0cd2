"""Pages by the DOM contract and a `/live` that does what a test tells it to; no shop behind it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.browser_live.desk import ORDER, Desk, Frame
from tests.browser_live.drawing import ROOT, draw

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
HEADERS = {"Content-Security-Policy": POLICY}


class Doors:
    """The routes over one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def order(self, request: Request) -> Response:
        return HTMLResponse(draw("page", self.desk, ORDER), headers=HEADERS)

    async def inbox(self, request: Request) -> Response:
        return HTMLResponse(draw("page", self.desk), headers=HEADERS)

    async def rows(self, request: Request) -> Response:
        rows = "".join(self.desk.rows)
        await self.desk.on_rows()
        return HTMLResponse(rows)

    async def elsewhere(self, request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>")

    async def older(self, request: Request) -> Response:
        desk = self.desk
        desk.older_requests += 1
        await asyncio.sleep(0.05)
        if desk.older_fails:
            desk.older_fails -= 1
            return Response(status_code=503)
        last = int(request.query_params["before"]) - 1
        found = desk.entries[max(0, last - desk.page_size) : last]
        return HTMLResponse("".join(draw("article", ORDER, entry) for entry in found))

    async def verb(self, request: Request) -> Response:
        desk, path = self.desk, request.url.path
        form = {key: str(value) for key, value in (await request.form()).items()}
        desk.posts.append({"path": path, "htmx": request.headers.get("HX-Request", ""), **form})
        await asyncio.sleep(desk.post_delay)
        if desk.post_status == 204 and "text" in form and desk.stored(form["cid"]) is None:
            desk.add(form["text"], person=desk.person, cid=form["cid"])
        if desk.post_status == 422:
            again = draw("cancel_form", path, cid="second", reason=form["reason"], problem="Say why.")
            return HTMLResponse(again, status_code=422)
        page = "<html><body>Oops</body></html>" if desk.post_status >= 500 else None
        return HTMLResponse(page, status_code=desk.post_status)

    async def live(self, socket: WebSocket) -> None:
        if not self.desk.accept:
            return await socket.close()
        await socket.accept()
        self.desk.sockets.append(socket)
        try:
            while True:
                await self.take(json.loads(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            if socket in self.desk.sockets:
                self.desk.sockets.remove(socket)

    async def take(self, frame: Frame) -> None:
        self.desk.frames.append(frame)
        if frame["type"] == "resume":
            await self.desk.on_resume(self.desk, frame)
        elif frame["type"] == "do":
            await self.desk.on_do(self.desk, frame)
        elif frame["type"] == "ping":
            await self.desk.send({"type": "pong"})

    async def css(self, request: Request) -> Response:
        return FileResponse(Path(__file__).with_name("page.css"))


def application(desk: Desk) -> Starlette:
    """The mock as an application."""
    doors = Doors(desk)
    sides = [
        route
        for base in ("/orders", "/desk/orders")
        for route in (
            Route(f"{base}/{{number:int}}", doors.order),
            Route(f"{base}/{{number:int}}/entries", doors.older),
            Route(f"{base}/{{number:int}}/{{verb:path}}", doors.verb, methods=["POST"]),
        )
    ]
    return Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=ROOT / "static")),
            Route("/mock.css", doors.css),
            Route("/elsewhere", doors.elsewhere),
            Route("/desk/inbox", doors.inbox),
            Route("/desk/rows", doors.rows),
            Route("/orders/rows", doors.rows),
            *sides,
            WebSocketRoute("/live", doors.live),
        ]
    )


class Server:
    """The mock on a port of its own; it can go away and come back there."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.port = desk, 0

    async def start(self) -> None:
        config = uvicorn.Config(
            application(self.desk),
            port=self.port,
            log_level="error",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        # Not serve(): that would take the signals of the test run.
        self.task = asyncio.create_task(self.server._serve())
        while not self.server.started:
            await asyncio.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.task

    def url(self, path: str | None = None) -> str:
        return f"http://127.0.0.1:{self.port}{path or self.desk.base}"
