"""Pictures at the API's door. What is uploaded is shown by products that name it."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import access
from app.api import answer, who
from app.catalogue.pictures import MOST_BYTES, keep
from app.errors import Problem, invalid


async def upload_picture(request: Request) -> Response:
    """A picture of up to 15 MB (JPEG, PNG, WebP, GIF, AVIF): the part `file`.

    It is made smaller and loses its metadata; the same picture has the same id. Name it within two days in
    `pictures` of products.create or products.update.
    """
    context, actor = await who(request)
    access.check_writes(actor)
    if actor.member_id is None:
        raise Problem("forbidden", "This is not yours to do.")
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise invalid("file", "Please choose a file.", "missing")
        found = await keep(context.db, context.files, await file.read(MOST_BYTES + 1))
    return answer({"picture": found.as_dict()}, 201)


def routes() -> list[Route]:
    return [Route("/pictures", upload_picture, methods=["POST"])]
