"""The test numbers, and what becomes of a card that was saved with one. No other number is ever accepted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.verb import Data

VALID_YEARS = 2
LENGTHS = range(12, 20)
MISTYPED = (
    "This is no card number. These test numbers work: 4242424242424242, 5555555555554444, 4000000000003220, "
    "4000000000000341, 4000000000009995, 4000000000009979."
)
PERHAPS_REAL = (
    "This could be a real card, and this bank takes none. These test numbers work: 4242424242424242, "
    "5555555555554444, 4000000000003220, 4000000000000341, 4000000000009995, 4000000000009979."
)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A test number as it is printed on a card."""

    number: str
    brand: str
    behaviour: str

    @property
    def digits(self) -> str:
        return self.number.replace(" ", "")


SPECIMENS = (
    Specimen("4242 4242 4242 4242", "Visa", "pays"),
    Specimen("5555 5555 5555 4444", "Mastercard", "pays"),
    Specimen("4000 0000 0000 3220", "Visa", "asks"),
    Specimen("4000 0000 0000 0341", "Visa", "declines"),
    Specimen("4000 0000 0000 9995", "Visa", "no_funds"),
    Specimen("4000 0000 0000 9979", "Visa", "stolen"),
)
KNOWN = {specimen.digits: specimen for specimen in SPECIMENS}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a card says to a charge. `code` "" is yes; `hard` says that it will never say yes."""

    code: str = ""
    hard: bool = False


VERDICTS = {
    "pays": Verdict(),
    "declines": Verdict("card_declined"),
    "asks": Verdict("authentication_required"),
    "no_funds": Verdict("insufficient_funds"),
    "stolen": Verdict("stolen_card", hard=True),
}
GONE = Verdict("card_gone", hard=True)


def digits_of(number: str) -> str:
    """A number without the spaces and dashes that people type."""
    return "".join(number.split()).replace("-", "")


def expiry(now: datetime) -> str:
    """When a card that is made now expires: "2030-04"."""
    return f"{now.year + VALID_YEARS}-{now.month:02}"


def is_number(digits: str) -> bool:
    """Whether a card could have this number: its length and its check digit (ISO/IEC 7812-1) are right."""
    if not digits.isascii() or not digits.isdigit() or len(digits) not in LENGTHS:
        return False
    doubled = [divmod(2 * int(digit), 10) for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(map(sum, doubled))) % 10 == 0


def _known(number: str) -> str:
    digits = digits_of(number)
    if digits in KNOWN:
        return digits
    if not digits:
        raise PydanticCustomError("missing", "Please fill this in.")
    if not is_number(digits):
        raise PydanticCustomError("no_card_number", MISTYPED)
    raise PydanticCustomError("no_test_number", PERHAPS_REAL)


class CardNumber(Data):
    """A test number as somebody typed it; its digits once it is validated."""

    number: Annotated[str, Field(max_length=60), AfterValidator(_known)]
