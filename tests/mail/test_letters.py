"""Who is written to when, and where the links lead."""

import asyncio
from uuid import uuid4

from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.mail.post import PostOffice, link, part, stranger


async def test_an_order_is_confirmed_to_the_customer_and_told_to_every_member(office: PostOffice) -> None:
    number = await office.place(ALICE, "fixed")
    received = await office.letter(ALICE.email, f"We have received your order {number}")
    assert "€12.00" in part(received)
    for member in (BOB, OLGA):
        told = await office.letter(member.email, f"New order {number}")
        assert f"/desk/orders/{number}#e-{number}-1" in part(told)
    assert not office.letters(CAROL.email, number)


async def test_a_member_who_orders_for_a_customer_has_them_told(office: PostOffice) -> None:
    guest = stranger()
    number = await office.place_for(guest)
    received = await office.letter(guest, number)
    assert "Gustav" in part(received)


async def test_the_link_of_a_quote_leads_to_that_very_card_on_any_device(office: PostOffice) -> None:
    guest = stranger()
    number = await office.place_for(guest)
    await office.do(BOB, f"/orders/{number}/messages", text="One moment, I am calculating.")
    seq = (await office.do(BOB, f"/orders/{number}/quotes", amount=99_50, note="With oak."))["seq"]
    quote = await office.letter(guest, f"quote for order {number}")
    assert "€99.50" in quote["Subject"] and "With oak." in part(quote)

    page = await office.browser().get(link(quote))
    assert page.status_code == 200
    assert str(page.url).endswith(f"/orders/{number}#e-{number}-{seq}")
    assert f'id="e-{number}-{seq}"' in page.text and "€99.50" in page.text
    assert f"/orders/{number}/quotes/1/approve" in page.text


async def test_the_link_works_again_and_opens_that_order_alone(office: PostOffice) -> None:
    guest = stranger()
    number, other = await office.place_for(guest), await office.place_for(guest)
    received = await office.letter(guest, number)
    for device in (office.browser(), office.browser()):
        assert (await device.get(link(received))).status_code == 200
        assert (await device.get(f"/orders/{other}")).status_code == 404
    assert (await office.browser().get(f"{link(received)}x")).status_code == 404


async def test_a_decision_is_told_to_the_assignee_alone(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/quotes", amount=50_00)
    await office.do(BOB, f"/orders/{number}/assign", member=BOB.email)
    await office.do(ALICE, f"/orders/{number}/quotes/1/reject", reason="Too dear.")
    told = await office.letter(BOB.email, f"Quote rejected: order {number}")
    assert "Too dear." in part(told)
    await office.settled()
    assert not office.letters(OLGA.email, f"Quote rejected: order {number}")


async def test_a_decision_without_assignee_is_told_to_everybody(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/quotes", amount=50_00)
    await office.do(ALICE, f"/orders/{number}/quotes/1/approve")
    for member in (BOB, OLGA):
        told = await office.letter(member.email, f"Quote approved: order {number}, €50.00")
        assert f"/desk/orders/{number}#e-{number}-" in part(told)


async def test_a_decision_on_the_customers_word_is_noted_to_the_customer(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/quotes", amount=50_00)
    await office.do(BOB, f"/orders/{number}/quotes/1/approve", on_behalf=True)
    noted = await office.letter(ALICE.email, f"Order {number}: your answer to our quote was noted")
    assert "you approve €50.00" in part(noted)
    assert "on the customer's word" in part(
        await office.letter(OLGA.email, f"Quote approved: order {number}")
    )


async def test_the_customer_is_told_that_the_order_is_confirmed_or_cancelled(
    office: PostOffice,
) -> None:
    number = await office.place(ALICE, "fixed")
    await office.do(BOB, f"/orders/{number}/confirm")
    confirmed = await office.letter(ALICE.email, f"Your order {number} is confirmed")
    assert "€12.00" in part(confirmed)
    await office.do(BOB, f"/orders/{number}/cancel", reason="The kiln broke.")
    cancelled = await office.letter(ALICE.email, f"Your order {number} was cancelled")
    assert "The kiln broke." in part(cancelled)


async def test_no_price_is_told_of_an_order_confirmed_without_a_quote(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/confirm", without_quote=True)
    assert "€" not in part(await office.letter(ALICE.email, f"Your order {number} is confirmed"))


async def test_the_customer_is_told_that_the_order_is_rejected_and_why(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/reject", reason="We do not work in stone.")
    rejected = await office.letter(ALICE.email, f"Your order {number} was rejected")
    assert "We do not work in stone." in part(rejected)


async def test_the_team_is_told_that_the_customer_cancelled(office: PostOffice) -> None:
    number = await office.place()
    await office.do(ALICE, f"/orders/{number}/cancel", reason="I have moved away.")
    told = await office.letter(OLGA.email, f"Order {number} was cancelled by the customer")
    assert "I have moved away." in part(told)
    await office.settled()
    assert not office.letters(ALICE.email, "was cancelled by the customer")


async def test_a_sign_in_link_signs_in_after_a_click_and_once(office: PostOffice) -> None:
    guest = stranger()
    number = await office.place_for(guest)
    asked = await office.browser().post("/sign-in", data={"email": guest.upper()})
    assert asked.status_code == 200
    mailed = link(await office.letter(guest, "sign-in link"))

    device = office.browser()
    assert (await device.get(mailed)).status_code == 200
    assert (await device.get(f"/orders/{number}")).status_code == 404, "a mail scanner follows links too"
    assert (await device.post(mailed)).url.path == "/orders"
    assert (await device.get(f"/orders/{number}")).status_code == 200
    assert (await office.browser().post(mailed)).status_code == 410


async def test_an_unknown_address_is_sent_nothing_and_told_the_same(office: PostOffice) -> None:
    nobody = stranger()
    answer = await office.browser().post("/sign-in", data={"email": nobody})
    assert answer.status_code == 200 and answer.url.path == "/sign-in"
    await office.settled()
    assert not office.letters(nobody)


async def test_what_is_refused_writes_to_nobody(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/quotes", amount=50_00)
    refused = [
        await office.call(BOB, "POST", f"/orders/{number}/confirm", {}),
        await office.call(ALICE, "POST", f"/orders/{number}/quotes/2/approve", {}),
        await office.call(BOB, "POST", f"/orders/{number}/quotes/1/approve", {}),
        await office.call(CAROL, "POST", f"/orders/{number}/cancel", {}),
    ]
    assert [answer.status_code for answer in refused] == [409, 404, 403, 404]
    await office.settled()
    expected = {f"We have received your order {number}", f"Your quote for order {number}: €50.00"}
    assert {message["Subject"] for message in office.letters(ALICE.email, number)} == expected
    assert [m["Subject"] for m in office.letters(BOB.email, number)] == [
        f"New order {number}: A by_quote thing"
    ]


async def test_of_many_decisions_at_once_one_is_told_once(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/quotes", amount=50_00)
    path = f"/orders/{number}/quotes/1/"
    ways = [path + verb for verb in ("approve", "reject") * 4]
    answers = await asyncio.gather(*(office.call(ALICE, "POST", way, {}) for way in ways))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    await office.settled()
    assert len(office.letters(OLGA.email, f"order {number}, €50.00")) == 1


async def test_the_same_request_twice_writes_once(office: PostOffice) -> None:
    number = await office.place()
    headers = {"Authorization": f"Bearer {office.shop.tokens[BOB]}", "Idempotency-Key": str(uuid4())}
    for _ in range(2):
        answer = await office.browser().post(
            f"/api/v1/orders/{number}/quotes", json={"amount": 700}, headers=headers
        )
        assert answer.status_code == 200
    await office.settled()
    assert len(office.letters(ALICE.email, f"quote for order {number}")) == 1
