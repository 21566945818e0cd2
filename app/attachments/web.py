"""Files at the pages' door: uploaded by the composer's script, given out to who may read their message."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app import i18n
from app.attachments import serving
from app.attachments.forms import taken
from app.attachments.model import Attachment
from app.attachments.queries import file_for
from app.attachments.uploading import drop
from app.attachments.views import described
from app.doors import problem_response
from app.errors import Problem
from app.orders.web import visit_of
from app.storage import Storage


async def upload(request: Request) -> Response:
    """For scripts: JSON, also of a refusal, in the reader's language."""
    visitor = await visit_of(request)
    try:
        found = await taken(request, visitor.context, visitor.actor)
    except Problem as problem:
        if problem.status == 401:
            raise
        with i18n.speaking(visitor.language):
            sentence = problem.errors[0].detail if problem.errors else problem.detail
            problem.detail = i18n.gettext(sentence)
        return problem_response(problem)
    return Response(orjson.dumps({"upload": described(found)}), 201, media_type="application/json")


async def take_away(request: Request) -> Response:
    visitor = await visit_of(request)
    await drop(visitor.context, visitor.actor, request.path_params["number"], request.path_params["id"])
    return Response(status_code=204)


async def file(request: Request) -> Response:
    return await serving.download(request, *await _asked(request))


async def preview(request: Request) -> Response:
    return await serving.preview(request, *await _asked(request))


async def _asked(request: Request) -> tuple[Storage, Attachment]:
    visitor = await visit_of(request)
    number, id = request.path_params["number"], request.path_params["id"]
    async with visitor.context.db.read() as session:
        return visitor.context.files, await file_for(session, visitor.actor, number, id)


def routes(base: str) -> list[BaseRoute]:
    """The doors of an order's files, for one side of the house."""
    # fmt: off
    return [
        Route(f"{base}/uploads", upload, methods=["POST"]),
        Route(f"{base}/uploads/{{id:int}}/delete", take_away, methods=["POST"]),
        Route(f"{base}/files/{{id:int}}", file),
        Route(f"{base}/files/{{id:int}}/preview", preview),
    ]
    # fmt: on
