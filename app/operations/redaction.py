"""What never gets into a log, whoever wrote the line: addresses, secrets, and values out of the database.

Our own lines name ids alone. But errors of servers and drivers end up in them, too, and those quote: a mail
server the address that it refuses, PostgreSQL the row that breaks a rule, pydantic the value.
"""

import re
from typing import Final

ADDRESS: Final = re.compile(r"[^\s<>\"'(),:;=\[\]]+@[\w.-]*\w")
QUOTED: Final = (
    (re.compile(r"(^|\\n)(DETAIL|CONTEXT|QUERY|STATEMENT):.*$", re.M), r"\1\2: …"),  # also in a repr
    (re.compile(r"\[(SQL|parameters): .*?\]$", re.M | re.S), r"[\1: …]"),
    (re.compile(r"input_value=.*?, input_type="), "input_value=…, input_type="),
)
# bearer tokens, sign-in and order links, keys; a name in code has capitals or underscores, seldom both
SECRET: Final = re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[0-9_-])[\w-]{24,}")
PLAIN: Final = re.compile(r"[\w.~-]{0,19}", re.ASCII)


def redacted(text: str) -> str:
    """The text without any of that."""
    for pattern, instead in QUOTED:
        text = pattern.sub(instead, text)
    return SECRET.sub("<secret>", ADDRESS.sub("<address>", text))


def safe_path(path: str) -> str:
    """A request's path; a part that is long enough to open something, or is no plain word, is left out."""
    return "/".join(part if PLAIN.fullmatch(part) else "…" for part in path.split("/"))
