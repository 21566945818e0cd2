"""A page by the DOM contract and a `/live` that does what a test tells it to; no shop behind it."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

ROOT = Path(__file__).parents[2]
ORDER = "1042"
CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'"
Frame = dict[str, Any]
Answer = Callable[["Desk", Frame], Awaitable[None]]


def texts() -> str:
    """The real texts, in English."""

    def gettext(message: str, **values: str) -> Markup:
        return Markup(message) % values if values else Markup(message)

    env = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)
    env.globals["_"] = gettext
    return env.get_template("_texts.html").render()


class Desk:
    """One order, what was asked of it, and the knobs of the tests."""

    def __init__(self) -> None:
        self.entries: list[Frame] = []
        self.posts: list[dict[str, str]] = []
        self.frames: list[Frame] = []
        self.sockets: list[WebSocket] = []
        self.epoch, self.side, self.person = "e1", "customer", "c7"
        self.read, self.page_size, self.can = 0, 30, "messages.send cancel"
        self.peek = self.accept = False
        self.accept = True
        self.post_status, self.post_delay, self.older_fails = 204, 0.0, 0
        self.on_do: Answer = store
        self.on_resume: Answer = catch_up
        self.rows: list[str] = []
        self.older_requests = 0

    @property
    def base(self) -> str:
        return f"/desk/orders/{ORDER}" if self.side == "team" else f"/orders/{ORDER}"

    @property
    def head(self) -> int:
        return len(self.entries)

    def add(self, text: str, person: str = "m3", role: str = "member", cid: str = "", kind: str = "message",
            at: str = "2026-11-24T08:00:00+00:00", content: str = "") -> Frame:
        seq = self.head + 1
        frame = {"type": "event", "order": ORDER, "seq": seq, "prev": seq - 1, "kind": kind, "cid": cid, "at": at,
                 "by": {"role": role, "name": "Anna" if role == "member" else "Carl"}, "data": {"text": text},
                 "person": person}
        article = self.article(frame)
        frame["content"] = f'<hx-partial hx-target="#timeline-{ORDER}" hx-swap="beforeend">{article}</hx-partial>{content}'
        self.entries.append(frame)
        return frame

    def article(self, frame: Frame) -> str:
        return (f'<article id="e-{ORDER}-{frame["seq"]}" class="entry {frame["kind"]}" data-seq="{frame["seq"]}" '
                f'data-prev="{frame["prev"]}" data-role="{frame["by"]["role"]}" data-person="{frame["person"]}" '
                f'data-cid="{frame["cid"]}" data-at="{frame["at"]}" data-kind="{frame["kind"]}">'
                f'<header class="entry-head"><bdi class="entry-name">{frame["by"]["name"]}</bdi> '
                f'<time datetime="{frame["at"]}" data-format="time">then</time></header>'
                f'<div class="bubble"><div class="text">{html.escape(frame["data"]["text"])}</div></div></article>')

    def state(self, status: str, can: str, head: int | None = None, oob: bool = False) -> str:
        return (f'<div id="state-{ORDER}" class="state" data-status="{status}" data-can="{can}"'
                f'{f" data-head={head}" if head is not None else ""}{" data-peek" if self.peek else ""}'
                f'{" hx-swap-oob=true" if oob else ""}><p class="chip">{status}</p></div>')

    async def send(self, frame: Frame) -> None:
        for socket in list(self.sockets):
            try:
                await socket.send_text(json.dumps(frame))
            except (RuntimeError, WebSocketDisconnect):
                self.sockets.remove(socket)

    async def say(self, text: str, **how: str) -> Frame:
        frame = self.add(text, **how)
        await self.send(frame)
        return frame

    async def close(self, code: int) -> None:
        sockets, self.sockets = self.sockets, []
        for socket in sockets:
            await socket.close(code)

    def of_type(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

    def done(self, verb: str) -> list[Frame]:
        return [frame for frame in self.of_type("do") if frame["do"] == verb]


def stored(desk: Desk, cid: str) -> Frame | None:
    return next((frame for frame in desk.entries if frame["cid"] == cid), None)


async def store(desk: Desk, frame: Frame) -> None:
    """Stores, tells everybody, acknowledges; a repeated cid only acknowledges."""
    if frame["do"] == "read":
        return
    entry = stored(desk, frame["cid"])
    if entry is None:
        entry = desk.add(frame["data"]["text"], person=desk.person, role="customer", cid=frame["cid"])
        await desk.send(entry)
    await desk.send({"type": "ack", "cid": frame["cid"], "order": ORDER, "seq": entry["seq"]})


async def catch_up(desk: Desk, frame: Frame) -> None:
    heads = {order: desk.head for order in frame["orders"]}
    await desk.send({"type": "hello", "epoch": desk.epoch, "heads": heads})
    for order, seen in frame["orders"].items():
        if frame.get("epoch") != desk.epoch or seen > desk.head:
            await desk.send({"type": "reset", "order": order})
            continue
        for entry in desk.entries[seen:]:
            await desk.send(entry)


def page(desk: Desk, box: str = "inbox", with_order: bool = True) -> str:
    shown = desk.entries[-desk.page_size:]
    more = len(shown) < desk.head
    note = f' data-note-action="{desk.base}/notes"' if desk.side == "team" else ""
    modes = ('<label><input type="radio" form="none" name="mode" value="message" checked>Message</label>'
             '<label><input type="radio" form="none" name="mode" value="note">Note</label>') if note else ""
    order = f"""<section id="order-{ORDER}" class="order" data-order="{ORDER}" data-head="{desk.head}" data-read="{desk.read}"
 data-base="{desk.base}" data-can="{desk.can}">{desk.state("processing", desk.can)}<div id="facts-{ORDER}">facts</div>
<div class="forms"><details class="action" data-verb="cancel"><summary>Cancel order</summary>
<form id="cancel" method="post" action="{desk.base}/cancel" hx-post="{desk.base}/cancel" hx-target="this" hx-swap="outerHTML">
<input type="hidden" name="cid" value="first"><textarea name="reason"></textarea><button type="submit">Really cancel</button></form>
</details></div>
<div class="conversation"><div class="timeline" id="timeline-{ORDER}" role="log" aria-label="Conversation" tabindex="0"
 data-more="{"true" if more else "false"}">{"".join(map(desk.article, shown))}</div>
<div class="presence" id="presence-{ORDER}"></div><div class="typing" id="typing-{ORDER}"></div>
<form class="composer" data-composer="{ORDER}" method="post" action="{desk.base}/messages"{note}>
<input type="hidden" name="cid" value="x">{modes}<textarea name="text" maxlength="16000" required rows="1"></textarea>
<button type="submit">Send</button></form></div></section>""" if with_order else ""
    return f"""<!doctype html><html lang="en"><head><title>Order</title>
<meta name="htmx-config" content='{{"includeIndicatorCSS": false, "history": false}}'>
<link rel="stylesheet" href="/mock.css"><script src="/static/vendor/htmx-4.0.1.min.js" defer></script>
<script src="/static/live.js" type="module"></script></head>
<body data-side="{desk.side}" data-live="/live?side={desk.side}" data-epoch="{desk.epoch}" data-lang="en"
 data-person="{desk.person}">{texts()}<div id="connection" role="status" hidden></div>
<nav><a href="/desk/inbox">Inbox</a> <span data-count="inbox" hidden>0</span><span data-total hidden>0</span></nav>
<a id="elsewhere" href="/elsewhere">Elsewhere</a><input type="search" name="q">
<ol id="rows" class="rows" data-box="{box}" data-side="{desk.side}">{"".join(desk.rows)}</ol><p data-empty hidden>Nothing here</p>
{order}</body></html>"""


def row(number: str, sort: str, boxes: str = "inbox", text: str = "", oob: bool = False) -> str:
    return (f'<li id="row-{number}" class="row" data-number="{number}" data-boxes="{boxes}" data-sort="{sort}"'
            f'{" hx-swap-oob=true" if oob else ""}><a class="row-link" href="/desk/orders/{number}">#{number} {text}'
            f'<span class="unread" data-unread="{number}" hidden>0</span></a></li>')


CSS = """body{margin:0} .timeline{height:300px;overflow-y:auto} .entry{min-height:40px;padding:4px} .rows{height:60px;overflow:auto}
.order .action{display:none} .order[data-can~="cancel"] .action[data-verb="cancel"]{display:block} textarea{width:300px}"""


def application(desk: Desk) -> Starlette:
    """The mock's routes over one desk."""

    async def order_page(request: Request) -> Response:
        return HTMLResponse(page(desk), headers={"Content-Security-Policy": CSP})

    async def list_page(request: Request) -> Response:
        return HTMLResponse(page(desk, with_order=False), headers={"Content-Security-Policy": CSP})

    async def elsewhere(request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>Elsewhere</title><h1>Elsewhere</h1>")

    async def rows_page(request: Request) -> Response:
        return HTMLResponse("".join(desk.rows))

    async def older(request: Request) -> Response:
        desk.older_requests += 1
        await asyncio.sleep(0.05)
        if desk.older_fails:
            desk.older_fails -= 1
            return Response(status_code=503)
        before = int(request.query_params["before"])
        found = desk.entries[max(0, before - 1 - desk.page_size): before - 1]
        return HTMLResponse("".join(map(desk.article, found)))

    async def verb(request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        desk.posts.append({"path": request.url.path, "htmx": request.headers.get("HX-Request", ""), **form})
        await asyncio.sleep(desk.post_delay)
        if desk.post_status == 204 and "text" in form and stored(desk, form["cid"]) is None:
            desk.add(form["text"], person=desk.person, role="customer", cid=form["cid"])
        if desk.post_status == 422:
            body = (f'<form id="cancel" method="post" action="{request.url.path}" hx-post="{request.url.path}" '
                    f'hx-target="this" hx-swap="outerHTML"><p class="form-message" role="alert">Say why.</p>'
                    f'<input type="hidden" name="cid" value="second"><textarea name="reason">{html.escape(form.get("reason", ""))}'
                    f'</textarea><button type="submit">Really cancel</button></form>')
            return HTMLResponse(body, status_code=422)
        return Response("<html><body>Oops</body></html>" if desk.post_status >= 500 else None, status_code=desk.post_status)

    async def live(socket: WebSocket) -> None:
        if not desk.accept:
            await socket.close()
            return
        await socket.accept()
        desk.sockets.append(socket)
        try:
            while True:
                await handle(desk, json.loads(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError):
            if socket in desk.sockets:
                desk.sockets.remove(socket)

    async def css(request: Request) -> Response:
        return Response(CSS, media_type="text/css")

    return Starlette(routes=[
        Mount("/static", StaticFiles(directory=ROOT / "static")),
        Route("/mock.css", css),
        Route("/elsewhere", elsewhere),
        Route("/desk/rows", rows_page), Route("/orders/rows", rows_page), Route("/desk/inbox", list_page),
        Route("/orders/{number}", order_page), Route("/desk/orders/{number}", order_page),
        Route("/orders/{number}/entries", older), Route("/desk/orders/{number}/entries", older),
        Route("/orders/{number}/{verb:path}", verb, methods=["POST"]),
        Route("/desk/orders/{number}/{verb:path}", verb, methods=["POST"]),
        WebSocketRoute("/live", live),
    ])


async def handle(desk: Desk, frame: Frame) -> None:
    desk.frames.append(frame)
    if frame["type"] == "resume":
        await desk.on_resume(desk, frame)
    elif frame["type"] == "do":
        await desk.on_do(desk, frame)
    elif frame["type"] == "ping":
        await desk.send({"type": "pong"})


class Server:
    """The mock on a port of its own, in this loop; it can go away and come back."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.port = desk, 0

    async def start(self) -> None:
        config = uvicorn.Config(application(self.desk), host="127.0.0.1", port=self.port, log_level="error",
                                lifespan="off", timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self.task = asyncio.create_task(self.server._serve())
        while not self.server.started:
            await asyncio.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.task

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.desk.base}"
