"""The owner's page of who did what."""

from starlette.requests import Request
from starlette.responses import Response

from app.audit.kinds import GROUPS
from app.audit.queries import people, records
from app.audit.words import details, group_word, kind_word
from app.forms import whole
from app.mail.web import owner_visit

PAGE = 50


async def page(request: Request) -> Response:
    visitor = await owner_visit(request)
    query = request.query_params
    who, group, below = query.get("who", ""), query.get("kind", ""), whole(query.get("cursor", ""))
    async with visitor.context.db.read() as session:
        found, after = await records(session, who, group, below if isinstance(below, int) else None, PAGE)
        everybody = await people(session)
    return await visitor.render(
        "desk/audit.html",
        records=found,
        next=after,
        who=who,
        kind=group,
        people=everybody,
        groups=list(GROUPS),
        words={"group": group_word, "kind": kind_word, "details": details},
    )
