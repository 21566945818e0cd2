"""The time zones: hundreds of files, which no request may wait for."""

from pathlib import Path

import app
from app.zones import zones


def test_they_are_looked_for_once_and_in_one_place() -> None:
    assert zones() is zones() and {"UTC", "Europe/Berlin"} <= zones()
    sources = Path(app.__file__).parent.rglob("*.py")
    assert [file.name for file in sources if "available_timezones" in file.read_text()] == ["zones.py"]
