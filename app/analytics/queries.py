"""Reading the tallies. What is read depends on the length of a range, never on how many orders there are."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Select, Subquery, func, literal, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.analytics.blocks import Run, runs
from app.analytics.model import Tally, TallyMove
from app.analytics.ranges import Range

FIRST_OF_BLOCK, CANDIDATES = 30, 20
ALWAYS = 10**7  # a day after all days
Sums = Counter[tuple[str, int]]


class Rank(NamedTuple):
    """A product or customer (`key`), its amount in minor units, and how many orders it had."""

    key: int
    amount: int
    orders: int


async def plan_afresh(session: AsyncSession) -> None:
    """Have PostgreSQL plan each read for its own blocks, and do it in one process.

    A plan for any blocks reads all customers of large ones, and starting workers takes longer than reading.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


async def sums(
    session: AsyncSession, figures: Sequence[str], days: Mapping[str, tuple[int, int]], currency: str
) -> dict[str, Sums]:
    """For each named stretch of days (ordinals): the sum of each (figure, key). One query."""
    parts: list[Select[Any]] = []
    for name, (first, last) in days.items():
        stored = [_blocks(figures, run, literal(name)) for run in runs(first, last)]
        parts += [*stored, _waiting(figures, first, last, literal(name))]
    found = union_all(*parts).subquery()
    wanted = select(found.c[0], found.c.figure, found.c.key, func.sum(found.c.amount))
    mine = wanted.where(found.c.currency.in_(("", currency))).group_by(
        found.c[0], found.c.figure, found.c.key
    )
    answer = {name: Sums() for name in days}
    for name, figure, key, amount in await session.execute(mine):
        answer[name][figure, key] = int(amount)
    return answer


async def by_day(
    session: AsyncSession, figures: Sequence[str], days: Range, currency: str
) -> dict[date, Counter[str]]:
    """Each day that has any, and the sums of its figures. One query."""
    first, last = days.first.toordinal(), days.last.toordinal()
    parts = [
        _blocks(figures, Run(1, first, last), Tally.block),
        _waiting(figures, first, last, TallyMove.day),
    ]
    found = union_all(*parts).subquery()
    wanted = select(found.c[0], found.c.figure, func.sum(found.c.amount))
    mine = wanted.where(found.c.currency.in_(("", currency))).group_by(found.c[0], found.c.figure)
    answer: dict[date, Counter[str]] = defaultdict(Counter)
    for day, figure, amount in await session.execute(mine):
        answer[date.fromordinal(day)][figure] = int(amount)
    return answer


async def leaders(
    session: AsyncSession, figure: str, days: Range, currency: str, limit: int
) -> tuple[list[Rank], bool]:
    """Those with the most of a figure (product or customer), and whether certainly no other has more.

    The amounts are exact. Asked for are those who were among the 30 first in one of the blocks that the
    range is made of; whoever was in none of them could only come near if they bought a little all the time.
    Two queries for the candidates and their sums.
    """
    first, last = days.first.toordinal(), days.last.toordinal()
    blocks = [Run(run.span, n, n) for run in runs(first, last) for n in range(run.first, run.last + 1)]
    candidates, unseen = await _candidates(session, figure, blocks, (first, last), currency)
    if not candidates:
        return [], True
    figures = (figure, f"{figure}_orders")
    parts = [_blocks(figures, block, literal(0)).where(Tally.key.in_(candidates)) for block in blocks]
    waiting = _waiting(figures, first, last, literal(0)).where(TallyMove.key.in_(candidates))
    found = union_all(*parts, waiting).subquery()
    counted = await session.execute(_ranked(found, figure, currency).limit(limit + 1))
    ranks = [Rank(key, int(amount), int(orders)) for key, amount, orders in counted]
    shown = [rank for rank in ranks if rank.amount > 0][:limit]
    return shown, unseen <= (shown[-1].amount if len(shown) == limit else 0)


async def _candidates(
    session: AsyncSession, figure: str, blocks: Sequence[Run], days: tuple[int, int], currency: str
) -> tuple[list[int], int]:
    """The strongest keys, and the most that any other can have (minor units)."""
    parts = [_strongest(figure, block, place) for place, block in enumerate(blocks)]
    waiting = _waiting((figure,), *days, literal(-1))
    found = await session.execute(union_all(*parts, waiting))
    totals, taken = Counter[int](), defaultdict[int, list[int]](list)
    for place, _, key, code, amount in found:
        if code == currency:
            totals[key] += amount
            taken[place].append(amount)
    full = [rows for place, rows in taken.items() if place >= 0 and len(rows) >= FIRST_OF_BLOCK]
    unseen = sum(min(rows) for rows in full)
    best = [key for key, _ in totals.most_common(CANDIDATES)]
    return best, unseen + (totals[best[-1]] if len(totals) > CANDIDATES else 0)


def _strongest(figure: str, block: Run, place: int) -> Select[Any]:
    wanted = _blocks((figure,), block, literal(place)).order_by(Tally.amount.desc()).limit(FIRST_OF_BLOCK)
    return select(wanted.subquery())


def _ranked(found: Subquery, figure: str, currency: str) -> Select[Any]:
    amount = func.sum(found.c.amount).filter(found.c.figure == figure)
    orders = func.coalesce(func.sum(found.c.amount).filter(found.c.figure != figure), 0)
    wanted = select(found.c.key, func.coalesce(amount, 0).label("sum"), orders)
    mine = wanted.where(found.c.currency.in_(("", currency))).group_by(found.c.key)
    return mine.order_by(func.coalesce(amount, 0).desc(), found.c.key)


def _blocks(figures: Sequence[str], run: Run, label: Any) -> Select[Any]:
    """Folded sums; one block is asked for by equality, so that an index gives its order."""
    one = run.first == run.last
    where = Tally.block == run.first if one else Tally.block.between(run.first, run.last)
    names = Tally.figure == figures[0] if len(figures) == 1 else Tally.figure.in_(figures)
    columns = (label.label("label"), Tally.figure, Tally.key, Tally.currency, Tally.amount)
    return select(*columns).where(names, Tally.span == run.span, where)


def _waiting(figures: Sequence[str], first: int, last: int, label: Any) -> Select[Any]:
    """Moves that are not folded yet; never many."""
    columns = (label.label("label"), TallyMove.figure, TallyMove.key, TallyMove.currency, TallyMove.amount)
    return select(*columns).where(TallyMove.figure.in_(figures), TallyMove.day.between(first, last))


def with_figure(found: Mapping[tuple[str, int], int], figure: str) -> Iterator[tuple[int, int]]:
    """(key, sum) of one figure."""
    return ((key, amount) for (name, key), amount in found.items() if name == figure)
