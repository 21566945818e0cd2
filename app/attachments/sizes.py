"""How large a file is, for people."""

from babel.numbers import format_decimal

from app.i18n import language


def filesize(size: int) -> str:
    """Bytes as "820 kB" or "2.4 MB", in the reader's notation."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{format_decimal(size / 1_000_000, '0.#', locale=language())} MB"
