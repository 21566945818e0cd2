"""The composition root: the only place that knows both the application and the live sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from app.context import Context
from app.db import AWAY, Changes, Database
from app.doors import Guard, on_away, on_error, on_http_exception, on_problem
from app.errors import Problem
from app.founding.gate import Gate
from app.jobs import Worker
from app.operations.access_log import AccessLog
from app.operations.operations import Operations
from app.routes import routes
from app.settings import Settings, load
from realtime.codes import FORBIDDEN
from realtime.live import Announcer, Live


def create_app(
    settings: Settings | None = None, *, with_worker: bool | None = None, watchdog: bool = False
) -> Starlette:
    """The web application. On SQLite the worker runs inside it, unless said otherwise.

    `watchdog`: this process is the application's own, and may be ended when it is stuck.
    """
    settings = settings or load()
    db = Database(settings.database_url)
    context = Context(settings, db)
    operations = Operations(context)
    live = Live(operations.source, settings.redis_url, namespace=settings.namespace)
    operations.look_at(live)
    announce(db, live)
    context.writer.heard = lambda: live.heard

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await context.load()
        context.cashier.watch()
        async with operations.watch(watchdog=watchdog), live:
            worker = (
                asyncio.create_task(Worker(context).run()) if _worker_inside(settings, with_worker) else None
            )
            try:
                yield
            finally:
                if worker is not None:
                    worker.cancel()
                    with suppress(asyncio.CancelledError):
                        await worker
                await context.writer.close()
                await operations.source.close()
                await context.cashier.close()
                await context.uses.close()
        await db.close()

    app = Starlette(
        routes=routes(operations.doorman.before(live.endpoint)),
        lifespan=lifespan,
        middleware=[Middleware(Guard, settings=settings), Middleware(Gate, context=context)],
        exception_handlers={
            Problem: on_problem,
            HTTPException: on_http_exception,
            **dict.fromkeys(AWAY, on_away),
            500: on_error,
        },
    )
    app.state.context = context
    app.state.operations = operations
    # around Starlette's own handling of what breaks, too
    app.middleware_stack = AccessLog(app.build_middleware_stack())
    return app


def announce(db: Database, live: Announcer) -> None:
    """Whatever is committed through this database is told to those who listen."""

    def committed(changes: Changes) -> None:
        live.committed(changes.heads, changes.entries)
        for person, order in changes.read_by:
            live.read(person, order)
        for ticket in changes.revoked:
            live.revoked(ticket=ticket)
        for person in changes.barred:
            live.revoked(person=person, code=FORBIDDEN)

    db.committed.append(committed)


def _worker_inside(settings: Settings, wanted: bool | None) -> bool:
    return settings.sqlite if wanted is None else wanted
