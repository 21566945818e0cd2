"""What programs of the team read about it."""

from starlette.responses import Response
from starlette.routing import Route

from app.api import Asked, Read, answer, reading
from app.errors import Problem
from app.team.answers import TeamAnswer
from app.team.queries import members
from app.team.views import member_dict


async def list_team(asked: Asked) -> Response:
    """Every member, by name, for members."""
    if asked.actor.member_id is None:
        raise Problem("forbidden", "This is for the team.")
    async with asked.context.db.read() as session:
        items = [member_dict(member) for member in await members(session)]
    return answer({"items": items, "next": None})


READS = (Read("/team", list_team, TeamAnswer),)


def routes() -> list[Route]:
    return [Route(read.path, reading(read)) for read in READS]
