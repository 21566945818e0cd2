"""From Markdown to HTML: headings, paragraphs, lists, links. HTML in it is text, and pictures are none."""

from functools import cache, lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

TAGS: Final = {"p", "h2", "h3", "h4", "ul", "ol", "li", "a", "strong", "em", "br", "hr", "blockquote"}
ATTRIBUTES: Final[dict[str, set[str]]] = {"a": {"href"}, "ol": {"start"}, "*": set()}
SCHEMES: Final = {"http", "https", "mailto", "tel"}


@lru_cache(64)
def html_of(text: str) -> Markup:
    """What the parser made is cleaned once more, by a library that knows of nothing but what is allowed."""
    parser = _parser()
    tokens = parser.parse(text)
    _set_headings(tokens)
    made = parser.renderer.render(tokens, parser.options, {})
    cleaned = nh3.clean(
        made, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow"
    )
    return Markup(cleaned)  # noqa: S704 - this is what the sanitizer is for


@cache
def _parser() -> MarkdownIt:
    """A line break is one, as in an address; what would be code is a paragraph like any other."""
    options = {"html": False, "breaks": True, "maxNesting": 12}
    return MarkdownIt("commonmark", options).disable(["image", "code", "fence", "backticks", "reference"])


def _set_headings(tokens: list[Token]) -> None:
    """The page has the first level; below it none is left out, whatever was typed."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=1)
    before = 1
    for opened, closed in zip(headings[::2], headings[1::2], strict=True):
        level = min(int(opened.tag[1]) - highest + 2, before + 1, 4)
        opened.tag = closed.tag = f"h{level}"
        before = level
