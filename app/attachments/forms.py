"""The files of a form: the one that a script uploads, and those that come with a message without scripts."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from app import access, cids
from app.attachments.model import MOST, Attachment
from app.attachments.uploading import take
from app.author import Actor
from app.context import Context
from app.errors import invalid
from app.orders.model import EntryRow


async def taken(request: Request, context: Context, actor: Actor) -> Attachment:
    """The upload in `file` of a multipart form. Whoever may not is told so before the body is read."""
    number = request.path_params["number"]
    access.check_writes(actor)
    async with context.db.read() as session:
        await access.order_for(session, actor, number)
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise invalid("file", "Please choose a file.", "missing")
        return await take(context, actor, number, file.filename or "", file.file)


def chosen(form: FormData) -> list[UploadFile]:
    """The files of a message's form; a field where none was chosen is sent as an empty one."""
    files = [file for file in form.getlist("files") if isinstance(file, UploadFile)]
    return [file for file in files if file.filename or file.size]


async def uploaded(
    context: Context, actor: Actor, number: object, given: dict[str, Any], files: list[UploadFile]
) -> None:
    """Upload the files of a form, beside those that it names already. Raises Problem."""
    before = given.get("attachments", [])
    ids: list[Any] = list(before) if isinstance(before, list) else [before]
    if len(ids) + len(files) > MOST:
        raise invalid("attachments", "A message may have ten files.", "too_long")
    for file in files:
        found = await take(context, actor, number, file.filename or "", file.file)
        ids.append(str(found.id))
        # what the form, when it is shown again because something else is refused, says of those it has
        given |= {"attachments": ids, f"attached-{found.id}": found.name}


async def sent_before(session: AsyncSession, actor: Actor, number: object, cid: object) -> bool:
    """Whether a form with files was sent already: sent twice, it brings them twice, and is yet the same."""
    known = cids.checked(cid)
    if known is None:
        return False
    person = actor.as_author(await access.order_for(session, actor, number)).person
    entry = exists().where(EntryRow.person == person, EntryRow.cid == known)
    return bool(await session.scalar(select(entry)))
