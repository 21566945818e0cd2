"""A running shop seen from its mail: the cast acts, letters arrive, links are followed."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx2

from tests.cast import ALICE, BOB, Person
from tests.product import Deployment, cli

LINK = re.compile(r"https?://\S+")


def part(message: EmailMessage, kind: str = "plain") -> str:
    """The text of a mail, or its HTML."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def link(message: EmailMessage) -> str:
    """The last link of the text, above its foot."""
    found: list[str] = LINK.findall(part(message).partition("\n-- \n")[0])
    return found[-1]


def stranger() -> str:
    """The address of a customer whom no other test knows."""
    return f"guest-{uuid4().hex[:12]}@example.org"


@dataclass
class PostOffice:
    """What a test of mail needs of a deployment."""

    shop: Deployment
    stack: AsyncExitStack
    products: dict[str, int] = field(default_factory=dict)

    def browser(self, language: str = "en", url: str = "") -> httpx2.AsyncClient:
        """A new device, whose pages come from the first web process."""
        url = url or self.shop.urls[0]
        headers = {"Origin": url, "Accept-Language": language}
        client = httpx2.AsyncClient(
            base_url=url, headers=headers, trust_env=False, timeout=30, follow_redirects=True
        )
        self.stack.push_async_callback(client.aclose)
        return client

    async def signed_in(self, person: Person, language: str = "en") -> httpx2.AsyncClient:
        client = self.browser(language)
        answer = await client.post(await self.shop.sign_in_link(person, self.shop.urls[0]))
        assert answer.status_code == 200, answer.text
        return client

    async def call(self, person: Person, method: str, path: str, data: Any = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.shop.tokens[person]}"}
        return await self.browser().request(method, f"/api/v1{path}", json=data, headers=headers)

    async def do(self, person: Person, path: str, **data: Any) -> Any:
        """A verb, which must succeed."""
        answer = await self.call(person, "POST", path, data)
        assert answer.status_code in (200, 201), f"{path}: {answer.text}"
        return answer.json()

    async def product(self, pricing: str) -> int:
        """A product without options, priced so."""
        if pricing not in self.products:
            price = {"price": 12_00} if pricing == "fixed" else {}
            data = {"title": f"A {pricing} thing", "pricing": pricing, "tax_rate": "19"} | price
            made = await self.do(BOB, "/products", **data)
            self.products[pricing] = made["product"]["id"]
        return self.products[pricing]

    async def place(self, person: Person = ALICE, pricing: str = "by_quote", **more: Any) -> str:
        """The number of a new order, by a customer or by a member for one."""
        lines = [{"product": await self.product(pricing), "quantity": 1}]
        made = await self.do(person, "/orders", lines=lines, **({"payment_method": "invoice"} | more))
        return str(made["order"]["number"])

    async def place_for(self, email: str, name: str = "Gustav") -> str:
        return await self.place(BOB, customer={"email": email, "name": name})

    async def place_as_guest(self, email: str, language: str, name: str = "Gustav") -> str:
        """Through the shop's own form, in a browser of this language."""
        product = await self.product("by_quote")
        form = {
            "product": product,
            "quantity": "1",
            "payment_method": "invoice",
            "email": email,
            "name": name,
        }
        answer = await self.browser(language).post("/orders", data=form | {"cid": str(uuid4())})
        assert answer.status_code == 200, answer.text
        return answer.url.path.rpartition("/")[2]

    async def worker(self, ahead: timedelta | None = None) -> None:
        """`orderline worker --once`, with its clock set ahead."""
        now = (datetime.now(UTC) + (ahead or timedelta())).isoformat()
        env = self.shop.env | {"PUBLIC_URL": self.shop.urls[0]}
        done = await cli("worker", "--once", "--now", now, env=env, directory=self.shop.directory)
        assert done.returncode == 0, done.stdout + done.stderr

    async def minutes_later(self, minutes: float = 3) -> None:
        await self.worker(ahead=timedelta(minutes=minutes))

    async def letter(self, address: str, subject: str) -> EmailMessage:
        return await self.shop.mail.message(address, subject)

    def letters(self, address: str, subject: str = "") -> list[EmailMessage]:
        return [message for message in self.shop.mail.to(address) if subject in message["Subject"]]

    async def settled(self) -> None:
        """Whatever waits now is sent."""
        await self.worker()


@asynccontextmanager
async def post_office(shop: Deployment) -> AsyncIterator[PostOffice]:
    async with AsyncExitStack() as stack:
        yield PostOffice(shop, stack)
