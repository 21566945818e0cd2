"""The demo in a shop that has an owner already: something to look at, and nobody else who can sign in."""

from app.context import Context
from app.db import Database
from app.demo import fill
from app.settings import Settings


async def fill_own(settings: Settings) -> None:
    """Apart from the process that serves, since the demo's clock runs through the past."""
    context = Context(settings, Database(settings.database_url))
    try:
        await context.load()
        await fill(context, own=True)
    finally:
        await context.db.close()
