"""This machine: room for what grows."""

import shutil
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from app.doctor.result import Bad, Skipped
from app.settings import Settings

LEAST: Final = 500 * 1024**2


async def disk(settings: Settings) -> str:
    """Room where the database file grows."""
    if not settings.sqlite:
        raise Skipped("PostgreSQL's disk is on its own machine")
    free = _free(settings)
    if free < LEAST:
        raise Bad(f"{free // 1024**2} MB are left for the database", "make room: at least 500 MB")
    return f"{free / 1024**3:.1f} GB are left for the database"


def _free(settings: Settings) -> int:
    file = Path(make_url(settings.database_url).database or "")
    return shutil.disk_usage(file.resolve().parent).free
