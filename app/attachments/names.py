"""What a file may be called: names come from strangers and end up on other people's disks."""

import re
import unicodedata

LONGEST = 200  # bytes, where folders take 255 and somebody will add " (1)"
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def cleaned(name: str, suffixes: tuple[str, ...]) -> str:
    """The last part of a path, without what cannot be seen, ending as its content is called.

    `suffixes` are those of its type, the usual one first: a name that ends otherwise gets that one, in place
    of an ending that says something else.
    """
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(map(_seen, name))
    name = " ".join(name.translate(FORBIDDEN).split()).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not dot or not 0 < len(suffix) <= 8 or not suffix.isascii() or not suffix.isalnum():
        stem, suffix = name, ""
    if suffix.lower() not in suffixes:
        suffix = suffixes[0]
    if RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{_short(stem.strip('. ')) or 'file'}.{suffix}"


def _seen(char: str) -> str:
    """What turns the direction of writing is left out, and what else cannot be seen is a space."""
    kind = unicodedata.category(char)
    return "" if kind == "Cf" else " " if kind[0] in "CZ" else char


def _short(stem: str) -> str:
    """As many whole characters as fit."""
    return stem.encode()[:LONGEST].decode(errors="ignore").strip()
