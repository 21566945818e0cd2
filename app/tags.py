"""ETags of orders, and the conditions that requests make of them (RFC 9110, 13.1).

A tag is a digest of the order as its caller is answered it, `unread` included: it changes whenever anything
does that they see, also what changes without an entry (a quote whose last day is over, a label's new name),
and a 304 never hides a badge. Who reads and then acts goes on with the tag that `read` answered with.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.errors import Problem

_TAG = r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_LIST = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_ONE = re.compile(_TAG)


def tag_of(order: Mapping[str, Any]) -> str:
    """The strong tag of an order in the API's shape."""
    return f'"{hashlib.sha256(orjson.dumps(order)).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True)
class Tags:
    """What an If-Match or If-None-Match names; None stands for `*`.

    W/ is not looked at: proxies put it there when they compress, and the digest is the content's anyway.
    """

    opaque: frozenset[str] | None

    def match(self, tag: str) -> bool:
        return self.opaque is None or tag.strip('"') in self.opaque


def tags_in(values: Iterable[str]) -> Tags | None:
    """The tags of a header's lines; None without one. Raises 400."""
    text = ", ".join(values)
    if not text:
        return None
    if text.strip() == "*":
        return Tags(None)
    if not _LIST.fullmatch(text):
        raise Problem("malformed", 'Entity tags look like "this", several are parted by commas.')
    return Tags(frozenset(_ONE.findall(text)))
