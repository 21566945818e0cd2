"""The JSON API as a program uses it."""

from typing import Any

import httpx2


async def json_of(client: httpx2.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: httpx2.AsyncClient, path: str, cid: str | None = None, **data: Any) -> httpx2.Response:
    return await client.post(path, json=data, headers={"Idempotency-Key": cid} if cid else {})


async def done(client: httpx2.AsyncClient, path: str, cid: str | None = None, **data: Any) -> dict[str, Any]:
    """What a verb that must work answers."""
    answer = await post(client, path, cid, **data)
    assert answer.status_code in (200, 201), answer.text
    body: dict[str, Any] = answer.json()
    return body


async def line(client: httpx2.AsyncClient, pricing: str = "by_quote") -> dict[str, Any]:
    """A product with what it asks for."""
    items = (await json_of(client, "/catalogue"))["items"]
    found = next(item for item in items if item["pricing"] == pricing and not item["plan"])
    options = [{"option": option["id"], "value": _value(option)} for option in found["options"]]
    return {"product": found["id"], "quantity": 1, "options": options}


def _value(option: dict[str, Any]) -> str:
    texts = {"text": "As drawn", "number": "120", "date": "2099-01-31"}
    return texts.get(option["kind"]) or str(option["choices"][0]["id"])


async def place(client: httpx2.AsyncClient, pricing: str = "by_quote", **more: Any) -> str:
    data = {"lines": [await line(client, pricing)], "payment_method": "online"} | more
    body = await done(client, "/orders", **data)
    return str(body["order"]["number"])
