"""The panel: pages of ours in a frame on the shop's own site, with a cookie that opens nothing else."""

import re
from dataclasses import dataclass

from starlette.responses import Response

# Partials name the shop's paths; in the panel the same stand behind its root. Typed text never matches,
# since its quotes are escaped. static/live/swap.js does this to what the socket brings.
PATHS = re.compile(r'="(?=/(?:orders|products|subscriptions)\b)')
COOKIE = "orderline_embed"


@dataclass(frozen=True, slots=True)
class Panel:
    """`root` ("/embed/de") is what its paths start with; pages of `origins` may frame it."""

    language: str
    origins: tuple[str, ...]

    @property
    def root(self) -> str:
        return f"/embed/{self.language}"

    def rooted(self, html: str) -> str:
        """The same page or fragment, with its paths inside the panel."""
        return PATHS.sub(f'="{self.root}', html)


def set_panel_cookie(response: Response, value: str, age: int, *, secure: bool) -> None:
    """A guest's session. In a frame on another site browsers send it with SameSite=None alone, and keep
    it apart for each of those sites when it is Partitioned. Without https, both sites are this machine,
    which is one site whatever the port.
    """
    strict = "SameSite=None; Secure; Partitioned" if secure else "SameSite=Lax"
    cookie = f"{COOKIE}={value}; Max-Age={age}; Path=/; HttpOnly; {strict}"
    response.headers.append("Set-Cookie", cookie)
