"""The texts as everybody reads them, also those of earlier, which orders lead to."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.legal.markup import html_of
from app.legal.queries import following, text_of
from app.web import visit


def page(kind: str) -> Any:
    """The page of the text in force; with a number, of that version."""

    async def show(request: Request) -> Response:
        visitor = await visit(request, "customer")
        async with visitor.context.db.read() as session:
            found = await text_of(session, kind, request.path_params.get("id"))
            after = await following(session, found)
        text, language = found.read_in(visitor.language)
        return await visitor.render(
            "legal/text.html", kind=kind, text=found, after=after, html=html_of(text), language=language
        )

    return show
