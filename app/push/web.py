"""The door through which a browser says that it may be woken, on each side; and what it needs for that."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from app import i18n
from app.errors import Problem
from app.notifications.web import PATHS, own_visit
from app.push.subscribing import End, Subscribe, check, forget, subscribe, unsubscribe
from app.push.vapid import public_key
from app.rendering import STATIC, static
from app.shop import facts
from app.verb import validate
from app.web import Visit, see_other, visit

MOST_BODY = 10_000
SCRIPT = {"Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache"}


async def key(request: Request) -> Response:
    """What a browser subscribes to; public, like every public key."""
    async with request.app.state.context.db.read() as session:
        known = await facts(session)
    return JSONResponse({"key": public_key(known["vapid"])})


async def start(request: Request) -> Response:
    visitor = await own_visit(request)
    data: Any = validate(Subscribe, await _body(request))
    await visitor.context.limits.subscribing.take(visitor.actor.key)
    await check(data.endpoint, loopback=visitor.context.settings.push_allow_loopback)
    async with visitor.context.db.transaction() as tx:
        await subscribe(tx, visitor.actor, data, request.headers.get("user-agent", "")[:400])
    return Response(status_code=204)


async def end(request: Request) -> Response:
    visitor = await own_visit(request)
    data: Any = validate(End, await _body(request))
    async with visitor.context.db.transaction() as tx:
        await unsubscribe(tx, visitor.actor, data.endpoint)
    return Response(status_code=204)


async def forget_browser(request: Request) -> Response:
    visitor = await own_visit(request)
    async with visitor.context.db.transaction() as tx:
        await forget(tx, visitor.actor, request.path_params["id"])
    return see_other(f"{PATHS[visitor.side]}?saved")


async def worker(request: Request) -> Response:
    """The service worker, from the root, whose scope is the whole site."""
    return FileResponse(STATIC / "push" / "worker.js", headers=SCRIPT)


async def desk_manifest(request: Request) -> Response:
    """What a phone needs to put the desk on its home screen: only from there does iOS push."""
    visitor = await visit(request, "team")
    with i18n.speaking(visitor.language):
        name = i18n.gettext("%(shop)s desk") % {"shop": visitor.context.shop.name}
    return _manifest(visitor, name, "/desk/inbox")


async def shop_manifest(request: Request) -> Response:
    """The same of the shop."""
    visitor = await visit(request, "customer")
    return _manifest(visitor, visitor.context.shop.name, "/orders")


def _manifest(visitor: Visit, name: str, start: str) -> Response:
    icons: list[dict[str, str]] = [
        {"src": static(f"icons/{file}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
        for file, size, purpose in (
            ("app-192", "192x192", "any"),
            ("app-512", "512x512", "any"),
            ("maskable-512", "512x512", "maskable"),
        )
    ]
    short = visitor.context.shop.name[:12].strip()
    body: dict[str, Any] = {"id": start, "name": name, "short_name": short, "lang": visitor.language}
    body |= {"start_url": start, "scope": "/", "display": "standalone", "icons": icons}
    body |= {"background_color": "#f5f3f1", "theme_color": "#6b2a5b"}
    return JSONResponse(body, media_type="application/manifest+json")


async def _body(request: Request) -> Any:
    """JSON, and little of it. Raises 400, 413."""
    raw = await request.body()
    if len(raw) > MOST_BODY:
        raise Problem("too_large", "This is too large.")
    try:
        return await request.json()
    except ValueError:
        raise Problem("malformed", "This request cannot be understood.") from None
