"""Requests that cannot be read at all."""

import base64

from app.orders.model import FIRST
from tests.cast import ALICE, BOB
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_doors import is_problem


async def test_bodies_that_cannot_be_read(house: House, door: Door) -> None:
    number, client = await house.place(ALICE), door(ALICE, house)
    path = f"/api/v1/orders/{number}/messages"
    for body in (b"{", b"{'text': 1}", b"\xff\xfe", b'{"text": "\\ud800"}', b"[1,", b"NaN", b'{"text":"a"} x',
                 b"\x00", b"{" * 100_000, b"[" * 100_000, b'{"text": "a\x01"}'):  # fmt: skip
        assert is_problem(await client.post(path, content=body), 400, "malformed"), body[:30]
    for body in (b"[]", b'"text"', b"1", b"null", b"true"):
        assert is_problem(await client.post(path, content=body), 422, "invalid"), body
    assert is_problem(await client.post(path, content=b""), 422, "invalid")
    assert is_problem(await client.post(path, content=b" " * (2 * 1024 * 1024)), 413, "too_large")
    assert len(await house.entries(number)) == 1


async def test_queries_that_are_refused(house: House, door: Door) -> None:
    number, client = await house.place(ALICE), door(BOB, house)
    for query in ("box=none", "limit=x", "limit=-1", "cursor=%00", "cursor=x", "cursor=W10", "cursor=é",
                  f"cursor={_cursor('[1e400, 1]')}", f"cursor={_cursor('[1, 1e18]')}",
                  f"cursor={_cursor('[1, 99999999999]')}", f"cursor={_cursor('[null, 1]')}",
                  f"cursor={_cursor('{}')}", f"cursor={_cursor('[1e300, 1]')}"):  # fmt: skip
        assert is_problem(await client.get(f"/api/v1/orders?{query}"), 422, "invalid"), query
    for query in (
        "q=%00",
        "q=%F0%9F%98%80",
        "q='; DROP",
        "q=" + "x" * 5000,
        "q=%25",
        "q=a%26%7C!",
        'q="',
        "q=*",
    ):
        assert (await client.get(f"/api/v1/orders?{query}")).status_code == 200, query
    for query in ("after=x", "after=-1", "after=1e9", "limit=²"):
        answer = await client.get(f"/api/v1/orders/{number}/timeline?{query}")
        assert is_problem(answer, 422, "invalid"), query
    window = door()
    await window.get(house.context.shop.order_link(int(number) - FIRST))
    for before, status in (("9999999999", 200), ("x", 400), ("", 400), ("-1", 400), ("²", 400)):
        answer = await window.get(f"/orders/{number}/entries?before={before}")
        assert answer.status_code == status, before


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
