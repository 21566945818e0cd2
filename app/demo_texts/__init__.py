"""What the demo shop says of itself and its terms, in both languages; no lawyer has seen it."""

from pathlib import Path

from app.i18n import LANGUAGES
from app.shop import LEGAL


def texts() -> dict[str, dict[str, str]]:
    """By kind and language; "" where there is none."""
    return {kind: {language: _text(kind, language) for language in LANGUAGES} for kind in LEGAL}


def _text(kind: str, language: str) -> str:
    file = Path(__file__).parent / f"{kind}.{language}.md"
    return file.read_text("utf-8").strip() if file.exists() else ""
