"""What programs of the team read of canned replies."""

from starlette.responses import Response
from starlette.routing import Route

from app.api import Asked, Read, answer, reading
from app.errors import Problem
from app.replies.actions import reply_dict
from app.replies.answers import RepliesAnswer
from app.replies.queries import canned_replies


async def list_replies(asked: Asked) -> Response:
    """The canned replies in use, by name, for members."""
    if asked.actor.member_id is None:
        raise Problem("forbidden", "This is for the team.")
    async with asked.context.db.read() as session:
        items = [reply_dict(reply) for reply in await canned_replies(session)]
    return answer({"items": items, "next": None})


READS = (Read("/replies", list_replies, RepliesAnswer),)


def routes() -> list[Route]:
    return [Route(read.path, reading(read)) for read in READS]
