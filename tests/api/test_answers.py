"""What every operation really answers, held against the document."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx2
import pytest
from starlette.applications import Starlette

from tests.api.test_document import OPERATIONS, checker, resolved
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.rules.conftest import Door
from tests.rules.house import House
from tests.rules.test_product_pictures import drawn

PAYS = "4242424242424242"


class Program:
    """Somebody's program; whatever it is answered must be in the document."""

    seen: ClassVar[set[tuple[str, str, int]]] = set()

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, status: int = 200, query: str = "", **path_values: Any) -> Any:
        return await self._ask("GET", path, status, query, path_values)

    async def post(self, path: str, data: Any = None, status: int = 200, **path_values: Any) -> Any:
        return await self._ask("POST", path, status, "", path_values, json=data or {})

    async def file(self, path: str, **values: Any) -> None:
        answer = await self.client.get(f"/api/v1{path.format(**values)}")
        said = resolved(OPERATIONS["GET", path]["responses"]["200"])["content"]
        assert answer.status_code == 200
        assert {"*/*", answer.headers["content-type"]} & set(said)
        Program.seen.add(("GET", path, 200))

    async def upload(self, path: str, data: bytes, status: int, **values: Any) -> Any:
        files = {"file": ("a.jpg", data)}
        answer = await self.client.post(f"/api/v1{path.format(**values)}", files=files)
        assert answer.status_code == status, answer.text
        fits("POST", path, answer)
        return answer.json()

    async def _ask(
        self, method: str, path: str, status: int, query: str, values: dict[str, Any], **more: Any
    ) -> Any:
        answer = await self.client.request(method, f"/api/v1{path.format(**values)}{query}", **more)
        assert answer.status_code == status, answer.text
        fits(method, path, answer)
        return answer.json() if answer.content else None


def fits(method: str, path: str, answer: httpx2.Response) -> None:
    responses = OPERATIONS[method, path]["responses"]
    said = resolved(responses[str(answer.status_code)])
    about_no_order = answer.status_code in (409, 412) and "order" not in answer.json()
    for name, header in said.get("headers", {}).items():
        if name == "ETag" and about_no_order:
            continue
        value = answer.headers[name]
        schema = resolved(header)["schema"]
        checker(schema).validate(int(value) if schema.get("type") == "integer" else value)
    if "content" in said:
        kind = answer.headers["content-type"]
        checker(said["content"][kind]["schema"]).validate(answer.json())
    Program.seen.add((method, path, answer.status_code))


@pytest.fixture
async def people(house: House, door: Door) -> AsyncIterator[dict[str, Program]]:
    cast = {"alice": ALICE, "bob": BOB, "carol": CAROL, "olga": OLGA}
    yield {name: Program(door(person, house)) for name, person in cast.items()}


async def an_order_from_its_placing_to_its_refund(house: House, people: dict[str, Program]) -> None:
    alice, bob, olga = people["alice"], people["bob"], people["olga"]
    await alice.post("/demo/card", {"number": PAYS}, 201)
    line = {"product": house.products["sign"]}
    placed = await alice.post("/orders", {"lines": [line], "payment_method": "online", "note": "Big"}, 201)
    number = placed["order"]["number"]
    of: dict[str, Any] = {"number": number}
    await bob.post("/orders/{number}/open_chat", **of)
    await bob.post("/orders/{number}/process", **of)
    await alice.post("/orders/{number}/messages", {"text": "Hello"}, **of)
    await bob.post("/orders/{number}/notes", {"text": "Careful"}, **of)
    said = (await alice.post("/orders/{number}/messages", {"text": "Hallo"}, **of))["seq"]
    await alice.post("/orders/{number}/messages/{seq}/correct", {"text": "Hello!"}, seq=said, **of)
    await alice.post("/orders/{number}/messages/{seq}/withdraw", seq=said, **of)
    for sent in (False, True):
        file = (await alice.upload("/orders/{number}/uploads", drawn(), 201, **of))["upload"]["id"]
        await alice.file("/orders/{number}/files/{id}", id=file, **of)
        await alice.file("/orders/{number}/files/{id}/preview", id=file, **of)
        if not sent:
            await alice.post("/orders/{number}/uploads/{id}/delete", id=file, **of)
    await alice.post("/orders/{number}/messages", {"text": "Look", "attachments": [file]}, **of)
    await bob.post("/orders/{number}/labels/add", {"label": "rush"}, **of)
    await bob.post("/orders/{number}/labels/remove", {"label": "rush"}, **of)
    await bob.post("/orders/{number}/assign", {"member": OLGA.email}, **of)
    await bob.post("/orders/{number}/labels/add", {"label": "rush"}, **of)
    hours = {"title": "Hours", "quantity": "1.5", "unit_price": 100, "tax_rate": "7.7", "optional": True}
    lines = [{"title": "Wood", "quantity": 2, "unit_price": 100}, hours]
    quote = {"lines": lines, "valid_until": "2099-12-31", "note": "Varnished"}
    for _ in range(2):
        await bob.post("/orders/{number}/quotes", quote, **of)
    assert [member["email"] for member in (await bob.get("/team"))["items"]] == [BOB.email, OLGA.email]
    await alice.post("/orders/{number}/quotes/{version}/counter", {"amount": 150}, version=2, **of)
    await bob.get("/orders/{number}", **of)
    await bob.get("/orders", query="?box=awaiting&limit=1&q=sign")
    await bob.post("/orders/{number}/confirm", {}, 409, **of)
    await bob.post("/orders/{number}/quotes/{version}/cancel", version=2, **of)
    await bob.post("/orders/{number}/quotes", {"amount": 900}, **of)
    await alice.post("/orders/{number}/quotes/{version}/reject", {"reason": "No"}, version=3, **of)
    await bob.post("/orders/{number}/quotes", {"amount": 800}, **of)
    await alice.post("/orders/{number}/quotes/{version}/approve", version=4, **of)
    await alice.post("/orders/{number}/quotes/{version}/approve", {}, 409, version=4, **of)
    await bob.post("/orders/{number}/snooze", {"until": "tomorrow"}, **of)
    await bob.get("/orders", query="?box=snoozed")
    await bob.post("/orders/{number}/wake", **of)
    await bob.post("/orders/{number}/unread", **of)
    await bob.post("/orders/{number}/done", **of)
    await bob.post("/orders/{number}/confirm", **of)
    payment = (await bob.post("/orders/{number}/payments/request", {"amount": 5, "text": "Box"}, **of))["seq"]
    assert payment
    await alice.post("/orders/{number}/payments/{payment}/pay", payment=2, **of)
    refund = {"amount": 100, "reason": "Scratch"}
    await olga.post("/orders/{number}/payments/{payment}/refund", refund, payment=1, **of)
    await olga.post("/orders/{number}/payments/request", {"amount": 5, "text": "Box"}, **of)
    await olga.post("/orders/{number}/payments/{payment}/withdraw", payment=3, **of)
    await alice.post("/orders/{number}/read", {"seq": 99}, **of)
    await bob.get("/orders/{number}/timeline", query="?limit=200", **of)
    await alice.get("/orders/{number}/timeline", query="?after=2&limit=3", **of)
    await alice.get("/orders", query="?limit=200")
    await olga.get("/analytics")


async def what_else_happens_to_orders(house: House, people: dict[str, Program]) -> None:
    alice, bob = people["alice"], people["bob"]
    for verb in ("reject", "cancel"):
        of: dict[str, Any] = {"number": await house.place(ALICE, "plate")}
        await bob.post("/orders/{number}/set_payment_method", {"payment_method": "cash"}, **of)
        who = bob if verb == "reject" else alice
        await who.post(f"/orders/{{number}}/{verb}", {"reason": "No"}, **of)
        await bob.post("/orders/{number}/reopen", **of)
        await bob.post("/orders/{number}/confirm", **of)
        await bob.post("/orders/{number}/payments/record", {"amount": 4900, "note": "Here"}, **of)


async def the_catalogue_its_plans_and_a_subscription(house: House, people: dict[str, Program]) -> None:
    bob, alice = people["bob"], people["alice"]
    await bob.post("/labels", {"name": "Gold", "color": "amber"}, 201)
    await bob.post("/labels/{label}/update", {"color": "red"}, label="gold")
    await bob.post("/labels/{label}/archive", label="gold")
    template = {"name": "Usual", "lines": [{"title": "Hours", "quantity": "1.5", "unit_price": 64}]}
    usual = (await bob.post("/quote_templates", template, 201))["quote_template"]["id"]
    await bob.post("/quote_templates/{id}/update", template | {"valid_days": 14}, id=usual)
    await bob.get("/quote_templates")
    await bob.post("/quote_templates/{id}/archive", id=usual)
    await bob.post("/quote_templates/{id}/restore", id=usual)
    await bob.post("/labels/{label}/restore", label="gold")
    reply = {"name": "Hours", "text": "Dear {customer}, we are open. {me}"}
    kept = (await bob.post("/replies", reply, 201))["reply"]["id"]
    assert [item["name"] for item in (await bob.get("/replies"))["items"]] == ["hours"]
    await bob.post("/replies/{id}/update", {"text": "Closed"}, id=kept)
    await bob.post("/replies/{id}/archive", id=kept)
    await bob.post("/replies/{id}/restore", id=kept)
    plan = {"name": "Care", "price": 500, "interval": {"every": 1, "unit": "month"}, "cycles": 12}
    first = (await bob.post("/plans", plan, 201))["plan"]["id"]
    other = (await bob.post("/plans", plan | {"upfront_fee": 5}, 201))["plan"]["id"]
    choices = [{"id": "oak", "title": "Oak", "surcharge": 5}, {"id": "ash", "title": "Ash"}]
    wood = {"id": "wood", "title": "Wood", "kind": "one", "required": True, "choices": choices}
    product = {"title": "Board", "pricing": "fixed", "price": 100, "plan": first, "options": [wood]}
    await alice.upload("/pictures", drawn(), 403)
    picture = (await bob.upload("/pictures", drawn(), 201))["picture"]
    product["pictures"] = [{"id": picture["id"], "alt": "Oak"}]
    board = (await bob.post("/products", product, 201))["product"]["id"]
    await bob.post("/products/{id}/update", product | {"price": 200}, id=board)
    await bob.post("/products/{id}/update", product | {"version": 1}, 412, id=board)
    await bob.post("/products/move", {"products": [board], "before": 1})
    await bob.post("/categories/rename", {"category": "", "name": "Wood"})
    await bob.get("/catalogue")
    await alice.post("/demo/card", {"number": PAYS}, 201)
    line = {"product": board, "options": [{"option": "wood", "value": "oak"}]}
    placed = await alice.post("/orders", {"lines": [line], "payment_method": "online"}, 201)
    await bob.post("/orders/{number}/confirm", number=placed["order"]["number"])
    key = (await alice.get("/subscriptions"))["items"][0]["id"]
    await bob.get("/subscriptions/{id}", id=key)
    later = {"plan": other, "when": "renewal"}
    await bob.post("/subscriptions/{id}/change_plan", later, id=key)
    await bob.get("/subscriptions", query="?state=active")
    await bob.post("/subscriptions/{id}/cancel", {"when": "period_end"}, id=key)
    await bob.post("/subscriptions/{id}/cancel", {"when": "now"}, id=key)
    conflict = await bob.post("/subscriptions/{id}/cancel", {"when": "now"}, 409, id=key)
    assert conflict["order"]["subscription"] == key
    await bob.get("/subscriptions", query="?state=inactive")
    await bob.post("/plans/{id}/retire", id=first)
    await bob.post("/products/{id}/archive", id=board)
    await bob.post("/products/{id}/restore", id=board)
    await bob.get("/analytics", 403)


async def test_every_operation_answers_as_documented(house: House, people: dict[str, Program]) -> None:
    Program.seen.clear()
    await an_order_from_its_placing_to_its_refund(house, people)
    await what_else_happens_to_orders(house, people)
    await the_catalogue_its_plans_and_a_subscription(house, people)
    worked = {(method, path) for method, path, status in Program.seen if status < 300}
    elsewhere = {key for key in OPERATIONS if key[1].startswith("/webhooks")} | {("GET", "/openapi.json")}
    assert set(OPERATIONS) - worked == elsewhere


async def test_refusals(house: House, people: dict[str, Program], door: Door, site: Starlette) -> None:
    of: dict[str, Any] = {"number": await house.place(ALICE)}
    nobody, carol, alice = Program(door()), people["carol"], people["alice"]
    for path in ("/orders/{number}", "/orders/{number}/timeline"):
        await nobody.get(path, 401, **of)
        await carol.get(path, 404, **of)
    await alice.get("/orders/{number}/timeline", 422, query="?after=x", **of)
    for path, status in (("confirm", 403), ("notes", 403)):
        await alice.post(f"/orders/{{number}}/{path}", {"text": "x"}, status, **of)
    await alice.post("/orders/{number}/messages", {"text": ""}, 422, **of)
    site.state.context.limits.writing.burst = 0
    await alice.post("/orders/{number}/messages", {"text": "Hello?"}, 429, **of)
