"""What mails say of quotes: the lines, what is optional, net, tax and total, in the reader's language."""

from datetime import timedelta

from sqlalchemy import select, update

from app.customers.model import Customer
from app.mail.model import Mail
from app.orders.model import FIRST
from app.quotes.reminding import remind
from tests.cast import ALICE, BOB
from tests.rules.house import House
from tests.rules.test_optional_lines import OFFER


async def letter(house: House, number: str, kind: str) -> str:
    wanted = select(Mail).where(Mail.order_id == int(number) - FIRST, Mail.kind == kind)
    async with house.db.read() as session:
        found = (await session.scalars(wanted.order_by(Mail.id))).all()
    assert found, f"no {kind} was written"
    assert "€" in found[-1].html
    return found[-1].text


async def offered(house: House) -> str:
    number = await house.place(ALICE)
    until = (house.today() + timedelta(days=9)).isoformat()
    await house.do(BOB, "quotes.send", number, lines=OFFER, tax_included=False, valid_until=until)
    return number


async def test_a_new_quote_says_its_lines_and_sums(sqlite_house: House) -> None:
    text = await letter(sqlite_house, await offered(sqlite_house), "quote_sent")
    for said in (
        "1 × Sign: €333.33", "2.5 × Mounting, hours: optional: €114.18", "3 × Book: €33.33",
        "Net: €366.66", "Tax, 19%: €63.33", "Tax, 7%: €2.33", "Total: €432.32",
    ):  # fmt: skip
        assert said in text
    assert "tick what you want" in text


async def test_an_amount_alone_is_as_short_as_ever(sqlite_house: House) -> None:
    number = await sqlite_house.place(ALICE)
    await sqlite_house.do(BOB, "quotes.send", number, amount=50_000)
    text = await letter(sqlite_house, number, "quote_sent")
    assert "Total" not in text
    assert "tick" not in text


async def test_the_team_reads_what_was_ticked_and_what_was_offered(sqlite_house: House) -> None:
    house = sqlite_house
    number = await offered(house)
    await house.do(ALICE, "quotes.counter", number, version=1, amount=40_000, text="<b>Less</b>?")
    text = await letter(house, number, "quote_countered")
    assert "€400.00 instead of your quote of €432.32" in text
    assert "> <b>Less</b>?" in text
    await house.do(ALICE, "quotes.approve", number, version=1, optional=[4])
    text = await letter(house, number, "quote_decided")
    assert "approved your quote of €551.31" in text
    assert "Gold leaf" in text
    assert "Mounting" not in text


async def test_the_customers_word_is_told_back_with_its_sum(sqlite_house: House) -> None:
    house = sqlite_house
    number = await offered(house)
    await house.do(BOB, "quotes.approve", number, version=1, on_behalf=True, optional=[2])
    text = await letter(house, number, "quote_noted")
    assert "you approve €568.20" in text
    assert "Total: €568.20" in text
    assert "Gold leaf" not in text


async def test_the_reminder_says_the_day_in_german_too(sqlite_house: House) -> None:
    house = sqlite_house
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Customer).where(Customer.email == ALICE.email).values(language="de"))
    number = await offered(house)
    with house.at(days=-8):
        await remind(house.db, house.db.clock())
    text = await letter(house, number, "quote_reminder")
    assert "noch nichts von Ihnen gehört" in text
    assert "432,32" in text
