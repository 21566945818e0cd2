"""Files at the API's door. What is uploaded is sent with `messages.send` or `notes.add`, by its id."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import i18n
from app.api import answer, path_value, who
from app.attachments import serving
from app.attachments.forms import taken
from app.attachments.model import Attachment
from app.attachments.queries import file_for
from app.attachments.uploading import drop
from app.attachments.views import described
from app.context import Context
from app.web import language_of


async def upload(request: Request) -> Response:
    """A file of up to 25 MB for a message of this order, by its sender, within a day: the part `file`.

    What it is, is found out by its content, and its name is cleaned. Taken are pictures (JPEG, PNG, WebP,
    GIF, AVIF; they lose their metadata), PDF, office documents without macros, ZIP, and plain text.
    """
    context, actor = await who(request)
    with i18n.speaking(language_of(request, actor, context)):
        found = await taken(request, context, actor)
    return answer({"upload": described(found)}, 201)


async def delete_upload(request: Request) -> Response:
    """Take back an upload of your own that was not sent."""
    context, actor = await who(request)
    await drop(context, actor, request.path_params["number"], path_value("id", request.path_params["id"]))
    return answer({})


async def download_file(request: Request) -> Response:
    """The file, to whoever may read the message it came with; or one's own upload. Parts, too (`Range`)."""
    context, found = await _file(request)
    return await serving.download(request, context.files, found)


async def preview_file(request: Request) -> Response:
    """A picture as the conversation shows it, no side longer than 960 pixels."""
    context, found = await _file(request)
    return await serving.preview(request, context.files, found)


async def _file(request: Request) -> tuple[Context, Attachment]:
    context, actor = await who(request)
    async with context.db.read() as session:
        id = path_value("id", request.path_params["id"])
        return context, await file_for(session, actor, request.path_params["number"], id)


def routes() -> list[Route]:
    return [
        Route("/orders/{number}/uploads", upload, methods=["POST"]),
        Route("/orders/{number}/uploads/{id}/delete", delete_upload, methods=["POST"]),
        Route("/orders/{number}/files/{id}", download_file),
        Route("/orders/{number}/files/{id}/preview", preview_file),
    ]
