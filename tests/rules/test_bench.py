"""The benchmarks measure a shop in which people can talk; nothing is timed here."""

from pathlib import Path

from sqlalchemy import func, select

from app import access
from app.context import Context
from app.db import Database
from app.orders.boxes import counts
from app.orders.model import Order
from app.unread.queries import total
from app.verbs import perform
from tests.bench.fixture import build
from tests.rules.house import by_token, settings_for


async def test_every_order_of_the_bench_is_open_and_both_sides_can_write(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bench.db'}"
    fixture = await build(url, 3, long=12)
    context = Context(settings_for(url), Database(settings_for(url).database_url))
    await context.load()
    try:
        for entry in fixture["orders"]:
            for who in ("customer", "member"):
                actor = await by_token(context.db, entry[who])
                done = await perform(
                    context.db, actor, "messages.send", entry["order"], {"text": "hello"}, None
                )
                entry["seq"] += 1
                assert done.seq == entry["seq"]
            async with context.db.read() as session:
                order = await access.order_for(session, actor, entry["order"])
            assert (order.status, order.turn, order.last_seq) == ("processing", "customer", entry["seq"])
    finally:
        await context.db.close()


async def test_the_bench_counts_boxes_and_unread_as_the_verbs_would(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bench.db'}"
    fixture = await build(url, 3, long=12)
    context = Context(settings_for(url), Database(settings_for(url).database_url))
    await context.load()
    try:
        watcher = await by_token(context.db, fixture["inbox"][-1])
        async with context.db.read() as session:
            in_box = await session.scalar(select(func.count()).where(Order.turn == "team"))
            boxes = await counts(session, context.shop.today(context.db.clock()))
            unread = await total(session, watcher)
        assert boxes["inbox"] == in_box == 4
        assert boxes["processing"] == boxes["all"] == 4
        assert unread == 4
    finally:
        await context.db.close()
