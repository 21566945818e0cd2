"""What programs of the team read about quote templates."""

from starlette.responses import Response
from starlette.routing import Route

from app.answers import QuoteTemplatesAnswer
from app.api import Asked, Read, answer, reading
from app.errors import Problem
from app.quotes.queries import current_templates
from app.quotes.templates import template_dict


async def list_templates(asked: Asked) -> Response:
    """Every template in use, by name, for members."""
    if asked.actor.member_id is None:
        raise Problem("forbidden", "This is for the team.")
    async with asked.context.db.read() as session:
        found = await current_templates(session)
    currency = asked.context.shop.currency
    return answer({"items": [template_dict(template, currency) for template in found], "next": None})


READS = (Read("/quote_templates", list_templates, QuoteTemplatesAnswer),)


def routes() -> list[Route]:
    return [Route(read.path, reading(read)) for read in READS]
