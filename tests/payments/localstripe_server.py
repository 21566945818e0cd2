"""`python -m tests.payments.localstripe_server PORT`: localstripe on 127.0.0.1, with faults on request.

It is told over HTTP, without a key: POST /_config/faults, /_config/checkout/{id} (the customer gives a card),
/_config/approve/{id} and /_config/cards/{id} (its bank has a reason to decline); /_config/forget_keys is
what the next day does; GET /_config/requests tells what it was asked. localstripe is GPL: nothing but this
process imports it.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.payments import stripe_like  # isort: skip - before localstripe.server reads what it changes
from localstripe import resources, server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FAULTS: list[dict[str, Any]] = []
REQUESTS: list[dict[str, Any]] = []
ANSWERS: dict[str, tuple[tuple[str, bytes], web.Response | None]] = {}
CODES = {409: "lock_timeout", 429: "rate_limit"}


def error(status: int, message: str, kind: str = "api_error", code: str | None = None) -> web.Response:
    body = {"error": {"type": kind, "message": message, "code": code}}
    return web.json_response(body, status=status)


def take(request: web.Request, *kinds: str) -> dict[str, Any]:
    """The fault of one of these kinds that has waited longest for such a request, once."""
    asked = f"{request.path}#{request.method}"
    for fault in FAULTS:
        if fault["kind"] in kinds and fault["path"] in asked:
            FAULTS.remove(fault)
            return fault
    return {"kind": ""}


@web.middleware
async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Faults that Stripe does not remember: `refuse` with a status, `hang`, have the answer `lost`."""
    if request.path.startswith("/_config/"):
        return await handler(request)
    key = request.headers.get("Idempotency-Key")
    REQUESTS.append({"method": request.method, "path": request.path, "key": key})
    fault = take(request, "refuse", "hang", "lost")
    if fault["kind"] == "refuse":
        return error(fault["status"], "Try again later.", code=CODES.get(fault["status"]))
    if fault["kind"] == "lost":
        await idempotent(request, handler)
    if fault["kind"]:
        await asyncio.Event().wait()
    return await idempotent(request, handler)


async def idempotent(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The first answer to a key is every answer to it, and an internal error no exception."""
    key = request.headers.get("Idempotency-Key", "")
    if request.method != "POST" or not key:
        return await broken(request, handler)
    asked = (request.path, await request.read())
    if key not in ANSWERS:
        ANSWERS[key] = (asked, None)
        response = await broken(request, handler)
        assert isinstance(response, web.Response)
        ANSWERS[key] = (asked, response)
        return response
    before, answer = ANSWERS[key]
    if before != asked:
        return error(400, "Keys go with the parameters of their first use.", "idempotency_error")
    if answer is None:
        return error(409, "There is another request with this key.", code="idempotency_key_in_use")
    headers = {"Idempotent-Replayed": "true", "Content-Type": "application/json"}
    return web.Response(body=answer.body, status=answer.status, headers=headers)


async def broken(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Faults that Stripe remembers: an internal error before it did anything, or after everything."""
    kind = take(request, "error_before", "error_after")["kind"]
    response = await handler(request) if kind != "error_before" else None
    return error(500, "An unknown error occurred.") if kind or response is None else response


async def faults(request: web.Request) -> web.Response:
    FAULTS.append(await request.json())
    return web.json_response({})


async def faults_left(request: web.Request) -> web.Response:
    return web.json_response(FAULTS)


async def requests(request: web.Request) -> web.Response:
    return web.json_response(REQUESTS)


async def forget_keys(request: web.Request) -> web.Response:
    ANSWERS.clear()
    return web.json_response({})


async def checkout(request: web.Request) -> web.Response:
    return web.json_response({"card": stripe_like.fill(request.match_info["id"], **await request.json())})


async def approve(request: web.Request) -> web.Response:
    stripe_like.approve(request.match_info["id"], **await request.json())
    return web.json_response({})


async def cards(request: web.Request) -> web.Response:
    card = resources.PaymentMethod._api_retrieve(request.match_info["id"])
    card._decline_code = (await request.json())["decline_code"]
    return web.json_response({})


def main() -> None:
    port = int(sys.argv[1])
    stripe_like.BASE = f"http://127.0.0.1:{port}"
    resources.Store.dump_to_disk = lambda store: None
    server.app.middlewares.insert(0, door)
    server.app.router.add_post("/_config/faults", faults)
    server.app.router.add_get("/_config/faults", faults_left)
    server.app.router.add_get("/_config/requests", requests)
    server.app.router.add_post("/_config/forget_keys", forget_keys)
    server.app.router.add_post("/_config/checkout/{id}", checkout)
    server.app.router.add_post("/_config/approve/{id}", approve)
    server.app.router.add_post("/_config/cards/{id}", cards)
    web.run_app(server.app, host="127.0.0.1", port=port, print=None, shutdown_timeout=0.1)


if __name__ == "__main__":
    main()
