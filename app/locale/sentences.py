"""Babel's extraction for our Python: marked texts, and every whole sentence.

A refusal is written in English where it is raised and put into the reader's language where it is shown. So
a sentence in the code is a text for people, and no marker can be forgotten.
"""

import ast
import io
import re
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

from babel.messages.extract import extract_python

SENTENCE = re.compile(r"[A-Z][^\n{}]* [^\n{}]*[.?!]")


def extract(
    file: IO[bytes], keywords: Mapping[str, Any], tags: Collection[str], options: Any
) -> Iterator[tuple[Any, ...]]:
    """What Babel finds by its keywords, and the sentences beside it."""
    source = file.read()
    yield from extract_python(io.BytesIO(source), keywords, tags, options)
    tree = ast.parse(source)
    other = set(_not_for_people(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in other and _is_sentence(node.value):
            yield node.lineno, "", node.value, []


def _is_sentence(value: object) -> bool:
    return isinstance(value, str) and SENTENCE.fullmatch(value) is not None


def _not_for_people(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, the parts of a text that is put together, and plurals, which Babel finds by themselves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ngettext"):
            yield from node.args
