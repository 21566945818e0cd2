"""The demo bank's pages: cards are given, payments approved, by whoever has the address."""

import html
import re
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from app.demo_bank.cards import SPECIMENS
from app.demo_bank.gateway import DemoBank
from app.demo_bank.model import BankMethod
from app.payments.gateway import Outcome, SetupRequest
from tests.payments.test_demo_bank import ASKS, BACK, PAYS, charged, decide
from tests.rules.conftest import HOME, Door
from tests.rules.house import House
from tests.rules.windows import typed


async def page_for(bank: DemoBank, language: str = "en", email: str = "alice@example.org") -> str:
    """The address of a new page that asks for a card."""
    setup = await bank.setup(SetupRequest(str(uuid4()), None, email, language, BACK))
    return setup.url


async def asking(bank: DemoBank) -> Outcome:
    return await charged(bank, ASKS, back=BACK)


def location(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("location", "")


def text_of(answer: httpx2.Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", answer.text))


async def saved_cards(bank: DemoBank) -> int:
    async with bank.db.read() as session:
        return await session.scalar(select(func.count()).select_from(BankMethod)) or 0


# A card


async def test_a_card_is_given_and_the_customer_goes_back(bank: DemoBank, door: Door) -> None:
    url = await page_for(bank)
    page = await door().get(url)
    assert page.status_code == 200
    assert "No real money moves here." in text_of(page)
    assert 'inputmode="numeric"' in page.text and 'autocomplete="off"' in page.text
    assert f'href="{BACK}"' in page.text
    assert "<script" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    answer = await door().post(url, data={"number": "4242 4242-4242 4242"})
    assert location(answer) == (303, BACK)
    card = await bank.saved_card(bank.named("cards", url.rpartition("/")[2]))
    assert card and card.last4 == "4242"


async def test_every_test_number_is_one_click(bank: DemoBank, door: Door) -> None:
    page = await door().get(await page_for(bank))
    buttons = re.findall(r'<button[^>]* name="number" value="(\d+)"', page.text)
    assert buttons == [specimen.digits for specimen in SPECIMENS]
    for number in buttons:
        answer = await door().post(await page_for(bank), data={"number": number})
        assert location(answer) == (303, BACK)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("4111 1111 1111 1111", "This could be a real card"),
        ("4242 4242 4242 4243", "This is no card number"),
        ('"><b>4', "This is no card number"),
        ("", "Please fill this in."),
        ("4" * 100, "This is too long."),
    ],
)
async def test_a_wrong_number_comes_back_with_its_reason(
    bank: DemoBank, door: Door, number: str, said: str
) -> None:
    url = await page_for(bank)
    answer = await door().post(url, data={"number": number})
    assert answer.status_code == 422
    assert typed(answer.text, "number") == [number]
    assert said in text_of(answer)
    assert 'aria-invalid="true"' in answer.text
    assert await saved_cards(bank) == 0
    assert location(await door().post(url, data={"number": PAYS})) == (303, BACK)


async def test_a_form_without_a_number_or_with_two(bank: DemoBank, door: Door) -> None:
    url = await page_for(bank)
    for data in ({}, {"number": [PAYS, ASKS]}, {"other": "x"}):
        assert (await door().post(url, data=data)).status_code == 422
    assert await saved_cards(bank) == 0


async def test_a_double_click_saves_one_card(bank: DemoBank, door: Door) -> None:
    url = await page_for(bank)
    for _ in range(2):
        assert location(await door().post(url, data={"number": PAYS})) == (303, BACK)
    assert await saved_cards(bank) == 1


async def test_a_page_is_used_up(bank: DemoBank, door: Door) -> None:
    url = await page_for(bank)
    await door().post(url, data={"number": PAYS})
    for answer in (
        await door().get(url),
        await door().post(url, data={"number": ASKS}),
        await door().post(url, data={"number": "nonsense"}),
    ):
        assert answer.status_code == 410
        assert "This page is used up" in text_of(answer) and f'href="{BACK}"' in answer.text
    assert await saved_cards(bank) == 1


async def test_a_page_is_over_after_a_day(house: House, bank: DemoBank, door: Door) -> None:
    with house.at(hours=24):
        url = await page_for(bank)
    assert (await door().get(url)).status_code == 410
    assert (await door().post(url, data={"number": PAYS})).status_code == 410
    assert await saved_cards(bank) == 0


async def test_forged_and_foreign_addresses_open_nothing(bank: DemoBank, door: Door) -> None:
    url, waiting = await page_for(bank), await asking(bank)
    token, approval = url.rpartition("/")[2], waiting.action_url.rpartition("/")[2]
    strange = DemoBank(bank.db, "the secret of another shop", HOME)
    before = await saved_cards(bank)
    for wrong in (
        "x", token[:-1], token + "x", bank.named("cards", token), approval, "é", "%00", "a.b", ".",
        (await page_for(strange)).rpartition("/")[2],
    ):  # fmt: skip
        for answer in (
            await door().get(f"/demo-bank/cards/{wrong}"),
            await door().post(f"/demo-bank/cards/{wrong}", data={"number": PAYS}),
        ):
            assert answer.status_code == 404
    for wrong in ("x", token, waiting.ref, approval[:-1]):
        for answer in (
            await door().get(f"/demo-bank/approvals/{wrong}"),
            await door().post(f"/demo-bank/approvals/{wrong}", data={"decision": "approve"}),
        ):
            assert answer.status_code == 404
            assert "This page does not exist" in text_of(answer)
    assert await saved_cards(bank) == before
    assert (await bank.look_up(waiting.ref)).status == "action"


async def test_what_the_shop_says_is_shown_as_text(bank: DemoBank, door: Door) -> None:
    page = await door().get(await page_for(bank, email="<script>alert(1)</script>@x.org"))
    assert "<script>" not in page.text


async def test_a_foreign_page_cannot_post_here(bank: DemoBank, door: Door) -> None:
    window, waiting = door(), await asking(bank)
    for url, data in (
        (await page_for(bank), {"number": PAYS}), (waiting.action_url, {"decision": "approve"}),
    ):  # fmt: skip
        answer = await window.post(url, data=data, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 403
    assert (await bank.look_up(waiting.ref)).status == "action"


# Approval


@pytest.mark.parametrize(("decision", "status"), [("approve", "succeeded"), ("decline", "failed")])
async def test_a_payment_is_decided_on_its_page(
    bank: DemoBank, door: Door, decision: str, status: str
) -> None:
    waiting = await asking(bank)
    page = await door().get(waiting.action_url)
    assert page.status_code == 200
    for shown in ("€480.00", "Orderline", "1042", "Visa ···· 3220", "Approve", "Decline"):
        assert shown in text_of(page)
    for _ in range(2):
        answer = await door().post(waiting.action_url, data={"decision": decision})
        assert location(answer) == (303, BACK)
    assert (await bank.look_up(waiting.ref)).status == status
    other = "decline" if decision == "approve" else "approve"
    late = await door().post(waiting.action_url, data={"decision": other})
    assert late.status_code == (await door().get(waiting.action_url)).status_code == 410
    assert f'href="{BACK}"' in late.text
    assert (await bank.look_up(waiting.ref)).status == status


async def test_no_decision_is_none(bank: DemoBank, door: Door) -> None:
    waiting = await asking(bank)
    for data in ({}, {"decision": ""}, {"decision": "yes"}, {"decision": ["approve", "decline"]}):
        assert (await door().post(waiting.action_url, data=data)).status_code == 400
    assert (await bank.look_up(waiting.ref)).status == "action"


async def test_a_payment_that_was_given_up_is_over(bank: DemoBank, door: Door) -> None:
    waiting = await asking(bank)
    await bank.give_up(waiting.ref)
    answer = await door().post(waiting.action_url, data={"decision": "approve"})
    assert answer.status_code == 410
    assert not await decide(bank, waiting.ref, True)


async def test_the_bank_speaks_german(bank: DemoBank, door: Door) -> None:
    page = await door().get(await page_for(bank, "de"))
    assert '<html lang="de">' in page.text and "Hier fließt kein echtes Geld." in text_of(page)
    wrong = await door().post(await page_for(bank, "de"), data={"number": "4111111111111111"})
    assert "Das könnte eine echte Karte sein" in text_of(wrong)
    window, waiting = door(language="de"), await asking(bank)
    assert "480,00 €" in text_of(await window.get(waiting.action_url)).replace("\N{NO-BREAK SPACE}", " ")
    assert "Diese Seite gibt es nicht" in text_of(await window.get("/demo-bank/cards/x"))
