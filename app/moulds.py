"""A template's text with places left open, for what is rendered thousands of times a second.

The template stays the only source: it is rendered once with stand-ins for what differs from one time to the
next, and wherever one of them appears, there the values go. A mould holds for whatever else the template
looked at (language, side, role), so there is one for each combination of those.
"""

import re
from collections.abc import Mapping


class Mould:
    """`stand_ins`: the text of each stand-in, as it appears in `html`, and the name of its value."""

    def __init__(self, html: str, stand_ins: Mapping[str, str]) -> None:
        found = re.compile("|".join(map(re.escape, stand_ins)))
        self._format = found.sub(lambda match: f"%({stand_ins[match[0]]})s", html.replace("%", "%%"))

    def fill(self, values: Mapping[str, str]) -> str:
        """The HTML with these values, which are escaped already."""
        return self._format % values
