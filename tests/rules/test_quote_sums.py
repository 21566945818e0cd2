"""What lines add up to: by the cent, with tax, whatever they are."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quotes.lines import Priced, priced
from app.quotes.sums import add_up, line_amount, paid_amounts

RATES = st.sampled_from(["0", "2.6", "5.5", "7", "7.7", "8.1", "19", "20", "25.5", "99.999"])
AMOUNTS = st.integers(0, 10**10)
LINES = st.lists(st.tuples(AMOUNTS, RATES), max_size=12)
QUANTITIES = st.integers(1, 10**9).map(lambda thousandths: Decimal(thousandths) / 1000)


def items(lines: list[tuple[int, str]]) -> list[Priced]:
    return [Priced(n, "", amount, rate, optional=False) for n, (amount, rate) in enumerate(lines, start=1)]


@given(LINES, st.booleans())
def test_net_and_tax_are_the_gross_for_each_rate_and_altogether(
    lines: list[tuple[int, str]], included: bool
) -> None:
    sums = add_up(items(lines), included=included)
    assert sums.net + sums.tax == sums.gross
    assert len({rate.rate for rate in sums.rates}) == len(sums.rates)
    given_in_all = sum(amount for amount, _ in lines)
    assert (sums.gross if included else sums.net) == given_in_all


@given(LINES, st.booleans())
def test_the_tax_of_a_rate_is_off_by_half_a_cent_at_most(
    lines: list[tuple[int, str]], included: bool
) -> None:
    for rate in add_up(items(lines), included=included).rates:
        total = sum(amount for amount, of in lines if of == rate.rate)
        share = Fraction(rate.rate) / (100 + Fraction(rate.rate) if included else 100)
        assert abs(rate.tax - total * share) <= Fraction(1, 2)
        assert rate.net >= 0 <= rate.tax


@given(LINES, st.booleans())
def test_what_is_paid_for_each_line_is_the_gross(lines: list[tuple[int, str]], included: bool) -> None:
    paid = paid_amounts(items(lines), included=included)
    assert sum(paid) == add_up(items(lines), included=included).gross
    assert all(amount >= 0 for amount in paid)


@given(LINES, st.booleans())
def test_the_receipt_finds_the_same_tax_in_it(lines: list[tuple[int, str]], included: bool) -> None:
    again = list(zip(paid_amounts(items(lines), included=included), (rate for _, rate in lines), strict=True))
    quoted, receipt = add_up(items(lines), included=included), add_up(items(again), included=True)
    assert {rate.rate: rate.tax for rate in quoted.rates} == {rate.rate: rate.tax for rate in receipt.rates}


@given(QUANTITIES, st.integers(0, 10**10))
def test_a_line_is_its_quantity_times_its_price_to_the_cent(quantity: Decimal, price: int) -> None:
    exact = Fraction(quantity) * price
    assert abs(line_amount(str(quantity), price) - exact) <= Fraction(1, 2)
    assert line_amount(str(quantity), price) == int((quantity * price).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [(3, 333, 999), ("1.5", 333, 500), ("0.5", 1, 1), ("0.499", 1, 0), ("1000000", 10**6, 10**12)],
)
def test_halves_go_up(quantity: int | str, price: int, amount: int) -> None:
    assert line_amount(quantity, price) == amount


def test_tax_is_worked_out_once_for_all_lines_of_a_rate() -> None:
    three = items([(33, "19")] * 3)  # 6.27 each would be 6 + 6 + 6 = 18, of all it is 18.81
    assert add_up(three, included=False).tax == 19
    assert paid_amounts(three, included=False) == [39, 40, 39]


def test_lines_from_before_there_was_tax_add_up_as_they_did() -> None:
    old = [
        {"title": "Wood", "quantity": 3, "unit_price": 1_000},
        {"title": "Gift", "quantity": 1, "unit_price": 0},
    ]
    sums = add_up(priced(old), included=True)
    assert (sums.gross, sums.tax) == (3_000, 0)
