"""The house of the rules, and real processes."""

from tests.rules.conftest import (
    door,
    house,
    postgres_house,
    postgres_template,
    serve,
    site,
    sqlite_house,
    sqlite_template,
)

__all__ = (
    "door",
    "house",
    "postgres_house",
    "postgres_template",
    "serve",
    "site",
    "sqlite_house",
    "sqlite_template",
)
