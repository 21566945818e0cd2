"""*You have new messages*: collected, once, to those who have not seen them for two minutes."""

import pytest

from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.mail.post import PostOffice, link, part, stranger

ONE, MANY = "You have a new message", "new messages"


@pytest.fixture
async def guest(office: PostOffice) -> str:
    """A customer whose mail is all about this test."""
    return stranger()


@pytest.fixture
async def number(office: PostOffice, guest: str) -> str:
    """The guest's order."""
    return await office.place_for(guest)


async def test_messages_that_nobody_saw_make_one_mail(office: PostOffice, guest: str, number: str) -> None:
    first = await office.do(BOB, f"/orders/{number}/messages", text="Oak or ash?")
    await office.do(BOB, f"/orders/{number}/messages", text="Ash is lighter.")
    await office.minutes_later()
    mail = await office.letter(guest, "You have 2 new messages")
    assert part(mail).index("> Oak or ash?") < part(mail).index("> Ash is lighter.")

    page = await office.browser().get(link(mail))
    assert str(page.url).endswith(f"/orders/{number}#e-{number}-{first['seq']}")
    assert "Ash is lighter." in page.text


async def test_two_minutes_must_pass(office: PostOffice, guest: str, number: str) -> None:
    await office.do(BOB, f"/orders/{number}/messages", text="Oak or ash?")
    await office.minutes_later(1.5)
    assert not office.letters(guest, ONE)
    await office.minutes_later(2.5)
    assert len(office.letters(guest, ONE)) == 1


async def test_who_has_read_is_not_written_to(office: PostOffice) -> None:
    number = await office.place(CAROL)
    sent = await office.do(BOB, f"/orders/{number}/messages", text="Read at once.")
    await office.do(CAROL, f"/orders/{number}/read", seq=sent["seq"])
    await office.minutes_later()
    assert not any("Read at once." in part(mail) for mail in office.letters(CAROL.email))


async def test_nobody_is_told_twice(office: PostOffice, guest: str, number: str) -> None:
    await office.do(BOB, f"/orders/{number}/messages", text="Oak or ash?")
    for minutes in (3, 3, 10, 60):
        await office.minutes_later(minutes)
    assert len(office.letters(guest, ONE)) == 1


async def test_later_messages_are_told_again_and_alone(office: PostOffice, guest: str, number: str) -> None:
    await office.do(BOB, f"/orders/{number}/messages", text="Oak or ash?")
    await office.minutes_later()
    await office.do(BOB, f"/orders/{number}/messages", text="Are you there?")
    await office.minutes_later()
    mails = office.letters(guest, ONE)
    assert len(mails) == 2
    assert "Are you there?" in part(mails[1]) and "Oak or ash?" not in part(mails[1])


async def test_several_orders_make_one_mail_with_a_link_to_each(
    office: PostOffice, guest: str, number: str
) -> None:
    other = await office.place_for(guest)
    for order in (number, other):
        await office.do(BOB, f"/orders/{order}/messages", text=f"About {order}.")
    await office.minutes_later()
    mail = await office.letter(guest, "You have 2 new messages")
    text = part(mail)
    for order in (number, other):
        assert f"Order {order}: A by_quote thing" in text and f"> About {order}." in text
        links = [line for line in text.splitlines() if "/o/" in line]
        pages = [await office.browser().get(line) for line in links]
        assert {page.url.path for page in pages} == {f"/orders/{number}", f"/orders/{other}"}


async def test_the_team_is_told_of_a_customers_messages(office: PostOffice) -> None:
    number = await office.place()
    sent = await office.do(ALICE, f"/orders/{number}/messages", text=f"Is {number} in work?")
    await office.do(BOB, f"/orders/{number}/read", seq=sent["seq"])
    await office.minutes_later()
    told = [mail for mail in office.letters(OLGA.email) if f"> Is {number} in work?" in part(mail)]
    assert len(told) == 1
    assert f"/desk/orders/{number}#e-{number}-{sent['seq']}" in part(told[0])
    assert not any(f"Is {number} in work?" in part(mail) for mail in office.letters(BOB.email))


async def test_of_an_assigned_order_the_assignee_alone_is_told(office: PostOffice) -> None:
    number = await office.place()
    await office.do(BOB, f"/orders/{number}/assign", member=BOB.email)
    await office.do(ALICE, f"/orders/{number}/messages", text=f"Dear Bob, about {number}")
    await office.minutes_later()
    assert any(f"Dear Bob, about {number}" in part(mail) for mail in office.letters(BOB.email))
    assert not any(f"Dear Bob, about {number}" in part(mail) for mail in office.letters(OLGA.email))


async def test_ones_own_messages_are_no_news(office: PostOffice) -> None:
    number = await office.place()
    await office.do(ALICE, f"/orders/{number}/messages", text=f"Mine, about {number}")
    await office.minutes_later()
    assert not any(f"Mine, about {number}" in part(mail) for mail in office.letters(ALICE.email))


async def test_of_very_many_messages_the_first_are_shown_and_all_are_counted(
    office: PostOffice, guest: str, number: str
) -> None:
    for position in range(23):
        await office.do(BOB, f"/orders/{number}/messages", text=f"Thought {position}.")
    await office.minutes_later()
    text = part(await office.letter(guest, "You have 23 new messages"))
    assert "> Thought 19." in text and "> Thought 20." not in text
    assert "> … and 3 more" in text


async def test_an_ordinary_look_after_one_with_a_clock_set_ahead_tells_nothing_twice(
    office: PostOffice, guest: str, number: str
) -> None:
    await office.do(BOB, f"/orders/{number}/messages", text="Oak or ash?")
    await office.minutes_later(3)
    await office.worker()
    await office.do(BOB, f"/orders/{number}/messages", text="Written after the clock was set ahead.")
    await office.minutes_later(3)
    assert ["Written after" in part(mail) for mail in office.letters(guest, ONE)] == [False, True]
    assert not office.letters(guest, MANY)


async def test_the_mail_says_what_was_meant_in_the_end(office: PostOffice, guest: str, number: str) -> None:
    """What was corrected meanwhile is told in its new words, and what was withdrawn not at all."""
    sent = [
        await office.do(BOB, f"/orders/{number}/messages", text=text)
        for text in ("Nobody else's business.", "Oak or ahs?")
    ]
    await office.do(BOB, f"/orders/{number}/messages/{sent[0]['seq']}/withdraw")
    await office.do(BOB, f"/orders/{number}/messages/{sent[1]['seq']}/correct", text="Oak or ash?")
    await office.minutes_later()
    mail = await office.letter(guest, ONE)
    assert "> Oak or ash?" in part(mail)
    assert not any(old in mail.as_string() for old in ("business", "ahs?"))
    assert link(mail).endswith(f"e={sent[1]['seq']}")


async def test_nobody_is_told_of_what_was_withdrawn(office: PostOffice, guest: str, number: str) -> None:
    sent = await office.do(BOB, f"/orders/{number}/messages", text="Nobody else's business.")
    await office.do(BOB, f"/orders/{number}/messages/{sent['seq']}/withdraw")
    await office.minutes_later()
    assert not office.letters(guest, ONE)
