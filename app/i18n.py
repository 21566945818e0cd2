"""Languages: English in the source, the others in `locale/*/LC_MESSAGES/messages.po`, compiled at start."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = ("en", "de")
_language: ContextVar[str] = ContextVar("language", default="en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Texts and numbers inside the block are in this language."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def language() -> str:
    return _language.get()


def gettext(message: str) -> str:
    return _catalog(_language.get()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    return _catalog(_language.get()).ngettext(singular, plural, number)


def known(language: str | None) -> str | None:
    """The language if there is a catalog for it."""
    return language if language in LANGUAGES else None


def preferred(accept_language: str) -> str | None:
    """The best of our languages for an Accept-Language header; None when it names none of them."""
    weighed: list[tuple[float, str]] = []
    for part in accept_language.split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weighed.append((-float(quality or 1), tag))
        except ValueError:
            continue
    tags = [tag for _, tag in sorted(weighed, key=lambda item: item[0])]
    return negotiate_locale(tags, LANGUAGES, sep="-")


def prepare() -> None:
    """Read all catalogs now."""
    for language in LANGUAGES:
        _catalog(language)


@cache
def _catalog(language: str) -> NullTranslations:
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    binary = io.BytesIO()
    write_mo(binary, catalog)
    binary.seek(0)
    return GNUTranslations(binary)
