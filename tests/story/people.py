"""The people of the story and what they do, in the words of the shop. They look for what people look for:
names of buttons, fields and headings."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Self

from playwright.async_api import Locator, Page, WebSocketRoute, expect

from tests.browser import NewWindow, sign_in
from tests.cast import ALICE, BOB, Person
from tests.conftest import Api
from tests.processes import eventually
from tests.product import Deployment

TYPING = re.compile(r"is typing( a reply)?…")
LINK = re.compile(r"https?://\S+/o/\S+")
SIGNED_IN: dict[tuple[str, Person], Any] = {}


class Somebody:
    """Somebody at a window."""

    def __init__(self, page: Page, name: str = "") -> None:
        self.page = page
        self.name = name

    @property
    def conversation(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def field(self) -> Locator:
        return self.page.get_by_label("Your message")

    @property
    def state(self) -> Locator:
        return self.page.locator(".state")

    @property
    def facts(self) -> Locator:
        return self.page.get_by_role("region", name="Order details")

    @property
    def presence(self) -> Locator:
        return self.page.locator(".presence")

    @property
    def banner(self) -> Locator:
        return self.page.locator("#connection")

    def message(self, text: str | re.Pattern[str]) -> Locator:
        """The stored entry with this text, not one that is still on its way."""
        return self.conversation.locator(".entry[data-seq]").filter(has_text=text)

    def quote(self, version: int) -> Locator:
        """A quote's card in the conversation."""
        heading = self.page.get_by_role("heading", name=f"Quote {version}", exact=True)
        return self.conversation.locator(".entry.quote").filter(has=heading)

    async def writes(self, text: str) -> None:
        """Writes a message and sends it with Enter."""
        await self.field.fill(text)
        await self.field.press("Enter")

    @property
    def editor(self) -> Locator:
        """Where a message of one's own is being corrected."""
        return self.conversation.get_by_label("New text")

    async def acts_on(self, text: str, action: str) -> None:
        """Opens the menu of a message of one's own, and chooses."""
        await self.message(text).get_by_role("button", name="Change or withdraw").click()
        await self.message(text).get_by_role("button", name=action, exact=True).click()

    async def starts_to_write(self, text: str) -> None:
        await self.field.press_sequentially(text)

    async def types_until_seen_by(self, other: "Somebody") -> None:
        """Goes on typing: only now and then does it say so, and it may get lost."""

        async def is_seen() -> bool:
            await self.starts_to_write("x")
            return await other.page.get_by_text(TYPING).is_visible()

        await eventually(is_seen, "typing", 20)

    async def sees(self, text: str) -> None:
        """An entry with this text, stored, and exactly once."""
        await expect(self.message(text)).to_have_count(1)
        await expect(self.message(text)).to_be_visible()

    async def sees_state(self, *words: str) -> None:
        for word in words:
            await expect(self.state).to_contain_text(word)

    async def sees_typing(self, name: str) -> None:
        await expect(self.page.get_by_text(f"{name} is typing…")).to_be_visible()

    async def sees_present(self, name: str) -> None:
        await expect(self.presence).to_contain_text(name)

    async def sees_sent(self, text: str) -> None:
        """The message is there, and said to be sent."""
        await self.sees(text)
        await expect(self.message(text).locator(".delivery")).to_have_text("Sent")

    async def sees_quote(self, version: int, status: str) -> None:
        await expect(self.quote(version).locator(".slip-status")).to_have_text(status)

    async def sees_no_buttons(self, version: int) -> None:
        await expect(self.quote(version).get_by_role("button")).to_have_count(0)
        await expect(self.quote(version).locator("details")).to_have_count(0)

    async def sees_nowhere(self, *texts: str) -> None:
        """Not on the page, hidden parts and attributes included."""
        html = await self.page.content()
        for text in texts:
            assert text not in html, f"{self.name or 'somebody'} is shown {text!r}"

    async def is_live(self) -> None:
        """The socket is there and has answered."""
        await self.page.wait_for_function("document.querySelector('#connection')?.hidden")


class Wire:
    """The window's connection, which can be cut; the browser knows that it is offline."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._sockets: list[WebSocketRoute] = []
        self._cut = False

    @classmethod
    async def of(cls, page: Page) -> Self:
        """Counts for pages that are opened from now on."""
        wire = cls(page)
        await page.route_web_socket(re.compile("/live"), wire._connect)
        return wire

    async def _connect(self, socket: WebSocketRoute) -> None:
        if self._cut:
            await socket.close()
        else:
            socket.connect_to_server()
            self._sockets.append(socket)

    async def cut(self) -> None:
        self._cut = True
        await self._page.context.set_offline(True)
        for socket in self._sockets:
            await socket.close()

    async def mend(self) -> None:
        self._cut = False
        await self._page.context.set_offline(False)


class Customer(Somebody):
    """Somebody who buys."""

    async def looks_through_the_catalogue(self) -> None:
        await self.page.goto("/")
        await expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    async def opens_product(self, title: str) -> None:
        await self.page.get_by_role("link", name=title).click()
        await expect(self.page.get_by_role("heading", level=1, name=title)).to_be_visible()

    async def chooses(self, *titles: str) -> None:
        for title in titles:
            await self.page.get_by_label(title).check()

    async def fills_in(self, answers: Mapping[str, str]) -> None:
        for label, answer in answers.items():
            await self.page.get_by_label(label).fill(answer)

    async def places_the_order(self) -> str:
        """Presses the button under the form; the number of the new order."""
        await self.page.get_by_role("button", name=re.compile("^(Ask for a quote|Place order)$")).click()
        await self.page.wait_for_url("**/orders/*")
        return self.page.url.rpartition("/")[2]

    async def orders_a_plate(self, engraving: str = "Alice", email: str = "alice@example.org") -> str:
        """A guest's quickest order; its number."""
        await self.page.goto("/")
        await self.opens_product("Engraved brass plate")
        await self.chooses("20 × 10 cm")
        await self.fills_in({"Engraving": engraving, "Your name": self.name, "Mail address": email})
        return await self.places_the_order()

    async def opens(self, number: str) -> None:
        await self.page.goto(f"/orders/{number}")
        await self.is_live()

    async def follows(self, mail: EmailMessage, door: str = "") -> None:
        """Opens the mail's link to an order, at the process `door`."""
        await self.page.goto(link_in(mail, door))
        await expect(self.conversation).to_be_visible()

    async def approves(self, version: int) -> None:
        await self.quote(version).get_by_role("button", name="Approve").click()

    async def prepares_rejection(self, version: int, reason: str) -> Locator:
        """All but the last click, which is the answered button's."""
        card = self.quote(version)
        await card.get_by_text("Reject", exact=True).click()
        await card.get_by_label("Reason").fill(reason)
        return card.get_by_role("button", name="Reject quote")

    async def rejects(self, version: int, reason: str) -> None:
        await (await self.prepares_rejection(version, reason)).click()


class Member(Somebody):
    """Somebody of the team, at the desk."""

    @property
    def rows(self) -> Locator:
        return self.page.locator("#rows .row")

    @property
    def total(self) -> Locator:
        """The number of orders with something unread."""
        return self.page.locator("[data-total]")

    @property
    def address(self) -> str:
        return f"{self.name.lower()}@example.org"

    @property
    def composer(self) -> Locator:
        return self.page.locator("form.composer")

    def row(self, number: str) -> Locator:
        return self.page.locator(f"#row-{number}")

    def box(self, name: str) -> Locator:
        """A box's link in the navigation."""
        return self.page.get_by_role("navigation", name="Boxes").get_by_role("link", name=name)

    async def count(self, box: str) -> int:
        """What the badge of a box says."""
        return int(await self.box(box).locator(".badge").text_content() or 0)

    async def unread_orders(self) -> int:
        return int(await self.total.text_content() or 0)

    async def sees_count(self, box: str, number: int) -> None:
        await expect(self.box(box).locator(".badge")).to_have_text(str(number))

    async def sees_unread(self, number: str, entries: int) -> None:
        """The badge of an order, in whatever list is shown."""
        badge = self.page.locator(f'[data-unread="{number}"]')
        if entries:
            await expect(badge).to_have_text(str(entries))
        else:
            await expect(badge.locator("visible=true")).to_have_count(0)

    async def opens_box(self, name: str) -> None:
        await self.box(name).click()
        await expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        await self.is_live()

    async def looks_at(self, number: str) -> None:
        """Clicks the order's row."""
        await self.row(number).get_by_role("link").click()
        await expect(self.conversation).to_be_visible()
        await self.is_live()

    async def opens(self, number: str) -> None:
        await self.page.goto(f"/desk/orders/{number}")
        await self.is_live()

    async def opens_the_chat(self) -> None:
        await self.page.locator(".peek").get_by_role("button", name="Open chat").click()
        await expect(self.field).to_be_visible()

    async def chooses_action(self, name: str) -> Locator:
        """Opens an action's panel."""
        await self.page.locator(".forms summary", has_text=re.compile(rf"^\s*{name}\s*$")).click()
        panel = self.page.locator(".forms details[open] .panel")
        await expect(panel).to_be_visible()
        return panel

    async def labels(self, name: str) -> None:
        panel = await self.chooses_action("Action label")
        await panel.get_by_role("button", name=name).click()

    async def notes(self, text: str) -> None:
        """Writes an internal note."""
        await self.page.get_by_role("radio", name="Internal note").check()
        await expect(self.page.get_by_placeholder("Write an internal note")).to_be_visible()
        await self.writes(text)
        await self.page.get_by_role("radio", name="Message").check()

    async def changes_payment_to(self, method: str) -> None:
        panel = await self.chooses_action("Payment method")
        await panel.get_by_label(method).check()
        await panel.get_by_role("button", name="Change").click()

    async def assigns_to(self, name: str) -> None:
        panel = await self.chooses_action("Assign")
        await panel.get_by_label("Assign to").select_option(label=name)
        await panel.get_by_role("button", name="Assign").click()

    async def prepares_quote(self, amount: str, note: str = "", valid_until: str = "") -> Locator:
        """Fills in a quote and looks at the preview, which is answered."""
        panel = await self.chooses_action("Send quote")
        await panel.get_by_label("Amount").fill(amount)
        await panel.get_by_label("Note to the customer").fill(note)
        await panel.get_by_label("Valid until").fill(valid_until)
        await panel.get_by_role("button", name="Preview").click()
        await expect(panel.get_by_text("The customer will see this")).to_be_visible()
        return panel

    async def sends_quote(self, amount: str, note: str = "", valid_until: str = "") -> None:
        panel = await self.prepares_quote(amount, note, valid_until)
        await panel.get_by_role("button", name="Send quote").click()
        await expect(panel).to_be_hidden()

    async def cancels_quote(self, version: int) -> None:
        await self.quote(version).get_by_role("button", name="Cancel quote").click()

    async def approves_on_the_customers_word(self, version: int) -> None:
        card = self.quote(version)
        await card.get_by_text("On the customer's word").click()
        await card.get_by_role("button", name="Approve").click()

    async def confirms(self) -> None:
        panel = await self.chooses_action("Confirm")
        await panel.get_by_role("button", name="Confirm order").click()


@dataclass
class House:
    """The running shop with its doors: customers come in at the first process, the team at the last."""

    shop: Deployment
    new_window: NewWindow
    api: Api

    async def guest(self, name: str = "Alice Archer", **window: Any) -> Customer:
        """Somebody whom the shop does not know."""
        return Customer(await self.new_window(self.shop.urls[0], **window), name)

    async def customer(self, person: Person, **window: Any) -> Customer:
        """A customer who is signed in and sees My orders."""
        page = await self._signed_in(person, self.shop.urls[0], "/orders", window)
        return Customer(page, name_of(person))

    async def member(self, person: Person, **window: Any) -> Member:
        """A member who is signed in and sees the Inbox."""
        page = await self._signed_in(person, self.shop.urls[1], "/desk/inbox", window)
        return Member(page, name_of(person))

    async def _signed_in(self, person: Person, url: str, path: str, window: dict[str, Any]) -> Page:
        """Signing in takes a while, so it is done once for each person and shop."""
        known = SIGNED_IN.get((url, person))
        page = await self.new_window(url, storage=known, **window)
        if known:
            await page.goto(path)
        else:
            await sign_in(page, person, self.shop, url)
            SIGNED_IN[url, person] = await page.context.storage_state()
        await Somebody(page).is_live()
        return page

    async def order(self, product: str = "Engraved brass plate", **more: Any) -> str:
        """Alice has ordered something, by program; the number."""
        client = self.api(ALICE, self.shop)
        offered = (await client.get("/catalogue")).json()["items"]
        wanted = next(item for item in offered if item["title"] == product)
        options = [{"option": each["id"], "value": answer(each)} for each in wanted["options"]]
        line = {"product": wanted["id"], "quantity": 1, "options": options}
        placed = await client.post("/orders", json={"lines": [line], "payment_method": "online"} | more)
        assert placed.status_code == 201, placed.text
        return str(placed.json()["order"]["number"])

    async def do(self, person: Person, path: str, **data: Any) -> None:
        """A verb on an order, by program: `do(BOB, "1042/messages", text="Hello")`."""
        done = await self.api(person, self.shop).post(f"/orders/{path}", json=data)
        assert done.status_code == 200, done.text

    async def chat(self) -> tuple[Customer, Member, str]:
        """Alice has ordered, Bob has opened the chat; both are there, and Bob has said hello."""
        number = await self.order()
        await self.do(BOB, f"{number}/open_chat")
        alice, bob = await self.customer(ALICE), await self.member(BOB)
        await alice.opens(number)
        await bob.opens(number)
        await bob.writes("Hello Alice")
        await alice.sees("Hello Alice")
        return alice, bob, number

    async def mail(self, address: str, subject: str) -> EmailMessage:
        return await self.shop.mail.message(address, subject, 15)


def answer(option: dict[str, Any]) -> Any:
    """Something for an option of a product."""
    if option["kind"] in ("one", "many"):
        return option["choices"][0]["id"]
    return {"text": "ARCHER", "number": "180", "date": "2031-03-01"}[option["kind"]]


def name_of(person: Person) -> str:
    return person.email.partition("@")[0].capitalize()


def link_in(mail: EmailMessage, door: str = "") -> str:
    """The link to an order in a mail; every process has an address of its own here, so `door` replaces it."""
    found = LINK.search(text_of(mail))
    assert found, text_of(mail)
    return re.sub(r"^https?://[^/]+", door, found[0]) if door else found[0]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body
    return str(body.get_content())


async def at_once(*buttons: Locator) -> None:
    """Clicks in several windows at the same moment, also on what is just being taken away."""
    found = [await button.element_handle() for button in buttons]
    await asyncio.gather(*(button.evaluate("button => button.click()") for button in found))
