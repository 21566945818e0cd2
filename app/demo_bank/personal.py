"""The demo bank's books, which lie in the same database although it acts as if it were far away."""

from sqlalchemy import or_, update

from app.demo_bank.model import BankMethod, BankSetup
from app.privacy.holding import Erasing, Holding


async def erase(erasing: Erasing) -> None:
    payers = [payer for gateway, _, payer in erasing.cards if gateway == "demo"]
    theirs = or_(BankSetup.email.in_(erasing.subject.addresses), BankSetup.payer.in_(payers))
    session = erasing.tx.session
    await session.execute(update(BankSetup).where(theirs).values(email="", return_url=""))
    ours = update(BankMethod).where(BankMethod.payer.in_(payers))
    await session.execute(ours.values(brand="", last4="0000", expires=""))


HELD = Holding((BankSetup, BankMethod), erase, why="a bank's own books; our side of them is in the export")
