"""A copy's HTML, read from stdin, as a PDF on stdout: a program of its own, see app.copies.printing.

It knows the few elements that the templates of copies use, not HTML in general. What the fonts have no
glyph for is shown as a box.
"""

import logging
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos

FONTS = Path(__file__).parents[2] / "static" / "vendor"
BLOCKS = frozenset(
    {
        "p",
        "h1",
        "h2",
        "h3",
        "li",
        "dt",
        "dd",
        "td",
        "div",
        "header",
        "blockquote",
        "article",
        "label",
        "legend",
    }
)
MARKS = {"article": "rule", "tr": "row", "dl": "gap"}
SILENT = frozenset({"style", "title", "script"})
MARGIN = 18.0  # mm
INK, MUTED, ACCENT, LINE = (40, 31, 43), (102, 92, 105), (107, 42, 91), (226, 221, 218)
CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe0e\ufe0f]"
)
# how a line of each kind looks: size in points, bold, colour, room above in mm
LOOKS = {
    "shop": (10.0, True, ACCENT, 0.0),
    "h1": (17.0, True, INK, 0.0),
    "h2": (12.5, True, INK, 6.0),
    "said": (8.5, False, MUTED, 0.5),
    "entry-head": (9.5, True, INK, 0.0),
    "option": (8.5, False, MUTED, 0.0),
    "hint": (8.5, False, MUTED, 0.0),
    "edited": (8.5, False, MUTED, 0.0),
    "withdrawn": (10.0, False, MUTED, 0.0),
    "happening": (9.0, False, MUTED, 0.0),
    "slip-amount": (13.0, True, INK, 0.5),
    "slip-title": (10.5, True, INK, 1.0),
    "slip-head": (9.0, True, ACCENT, 0.0),
    "dd": (10.0, True, INK, 0.0),
    "sum": (10.0, True, INK, 0.0),
}
PLAIN = (10.0, False, INK, 0.0)


class Block(NamedTuple):
    look: str
    text: str


class Reader(HTMLParser):
    """The document as lines of text, each with the look of the innermost element that has one."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self._open: list[tuple[str, str, bool]] = []
        self._text: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("meta", "br", "input"):
            return
        if tag in BLOCKS:
            self._flush()
        given = dict(attrs)
        silent = tag in SILENT or "hidden" in given
        self._silent += silent
        self._open.append((tag, given.get("class") or "", silent))
        if tag in MARKS:
            self.blocks.append(Block(MARKS[tag], ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._flush()
        while self._open:
            opened, _, silent = self._open.pop()
            self._silent -= silent
            if opened == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        kept = any("text" in classes.split() for _, classes, _ in self._open)
        self._text.append(data if kept else re.sub(r"\s+", " ", data))

    def _flush(self) -> None:
        text = CONTROLS.sub("", "".join(self._text)).strip()
        self._text = []
        if text:
            self.blocks.append(Block(self._look(), text))

    def _look(self) -> str:
        for tag, classes, _ in reversed(self._open):
            for name in (*classes.split(), tag):
                if name == "text":
                    return ""
                if name in LOOKS or name == "dt":
                    return name
        return ""


class Paper(FPDF):
    """A4 sheets, each with its number."""

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 4)
        self.add_font("text", "", FONTS / "DejaVuSansCondensed.ttf")
        self.add_font("text", "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_title(title)
        self.set_creator("Orderline")
        self.alias_nb_pages()
        self._row = (0, 0.0)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-MARGIN)
        self.set_font("text", "", 8)
        self.set_text_color(*MUTED)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

    def write_block(self, block: Block, indent: float = 0.0) -> None:
        size, bold, color, above = LOOKS.get(block.look, PLAIN)
        if above:
            self.ln(above)
        self.set_font("text", "B" if bold else "", size)
        self.set_text_color(*color)
        self.set_x(MARGIN + indent)
        self.multi_cell(
            0, size * 0.52, block.text, align="L", wrapmode=WrapMode.WORD,
            new_x=XPos.LMARGIN, new_y=YPos.NEXT,
        )  # fmt: skip

    def write_fact(self, name: str) -> None:
        """The name of a fact, whose value goes on in the same line."""
        self.set_font("text", "", 10)
        self.set_text_color(*MUTED)
        self.cell(42, 5.2, name)

    def begin_row(self) -> None:
        self._row = self.page, self.get_y()

    def write_sum(self, block: Block) -> None:
        """At the right of the row's first line, unless a page has ended in between."""
        page, y = self._row
        below = self.get_y()
        self.set_font("text", "B", 10)
        self.set_text_color(*INK)
        if page == self.page:
            self.set_y(y)
        self.cell(0, 5.2, block.text, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if page == self.page:
            self.set_y(max(below, self.get_y()))

    def rule(self) -> None:
        self.ln(2.2)
        self.set_draw_color(*LINE)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self.ln(2.2)


def pdf_of(html: str) -> bytes:
    """The printed document."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    title = next((block.text for block in reader.blocks if block.look == "h1"), "")
    paper = Paper(title)
    beside = False
    for block in reader.blocks:
        if block.look == "rule":
            paper.rule()
        elif block.look == "row":
            paper.begin_row()
        elif block.look == "gap":
            paper.ln(4)
        elif block.look == "sum":
            paper.write_sum(block)
        elif block.look == "dt":
            paper.write_fact(block.text[:60])
            beside = True
            continue
        else:
            paper.write_block(block, 42 if beside else 0)
        beside = False
    return bytes(paper.output())


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # of every glyph that the fonts have not
    sys.stdout.buffer.write(pdf_of(sys.stdin.buffer.read().decode()))
