"""The operations of the API, as the document lists them: read off the same declarations that answer."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app import api
from app.answers import CardDone, OrderDone, PictureDone, SubscriptionDone
from app.api_queries import Query
from app.attachments import api as files
from app.attachments.answers import UploadDone, UploadDropped
from app.catalogue.api import upload_picture
from app.demo_bank.api import save_card
from app.demo_bank.cards import CardNumber
from app.openapi.files import ANY
from app.quotes import api as quotes_api
from app.replies import api as replies_api
from app.team import api as team_api
from app.verb import Data, Verb
from app.verbs import VERBS
from app.webhooks import api as webhooks_api

READ_ERRORS = (401, 403, 404, 422, 503)
WRITE_ERRORS = (400, 401, 403, 404, 413, 422, 429, 503)


@dataclass(frozen=True, slots=True)
class Operation:
    """`on_order`: it shows an order and its tag. `body` None: it takes none.

    `file`: it answers the bytes of one, of this type. `uploads`: it takes one, as `file` of a form.
    """

    method: str
    path: str
    name: str
    description: str
    answer: type[BaseModel] | None
    errors: tuple[int, ...]
    status: int = 200
    query: type[Query] = Query
    body: type[BaseModel] | None = None
    on_order: bool = False
    for_members: bool = False
    public: bool = False
    file: str | None = None
    uploads: bool = False

    @property
    def tag(self) -> str:
        return self.path.split("/")[1].partition(".")[0]

    @property
    def path_names(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    @property
    def id(self) -> str:
        """A name that generators of clients can use."""
        return self.name.replace(".", "_")


def operations() -> list[Operation]:
    reads = (*api.READS, *webhooks_api.READS, *team_api.READS, *quotes_api.READS, *replies_api.READS)
    return [_document(), *map(_read, reads), *map(_verb, VERBS.values()), _card(), *_files()]


def _read(read: api.Read) -> Operation:
    name = read.run.__name__
    on_order = name == "show_order"
    errors = (*READ_ERRORS, *((400,) if on_order else ()))
    description = "\n\n".join(filter(None, (_doc(read.run), _own_doc(read.query))))
    return Operation(
        "get", read.path, name, description, read.answer, errors, query=read.query, on_order=on_order
    )


def _verb(verb: Verb) -> Operation:
    description = "\n\n".join(filter(None, (_doc(verb.run), _own_doc(verb.schema))))
    shown = OrderDone if verb.shows == "order" else SubscriptionDone
    return Operation(
        "post",
        verb.path,
        verb.name,
        description,
        verb.answer or shown,
        (*WRITE_ERRORS, 409, *((412,) if verb.on_order or "version" in verb.schema.model_fields else ())),
        verb.status,
        body=verb.schema,
        on_order=verb.on_order,
        for_members="customer" not in verb.who,
    )


def _card() -> Operation:
    description = f"{_doc(save_card)}\n\nA demo bank is there alone where Stripe is not set up."
    return Operation(
        "post", "/demo/card", "demo.card", description, CardDone, WRITE_ERRORS, 201, body=CardNumber
    )


def _picture() -> Operation:
    return Operation(
        "post",
        "/pictures",
        "pictures.create",
        _doc(upload_picture),
        PictureDone,
        WRITE_ERRORS,
        201,
        for_members=True,
        uploads=True,
    )


def _files() -> list[Operation]:
    base = "/orders/{number}"
    upload, drop = _doc(files.upload), _doc(files.delete_upload)
    get, look = _doc(files.download_file), _doc(files.preview_file)
    file, uploads = f"{base}/files/{{id}}", f"{base}/uploads"
    errors, mine = WRITE_ERRORS, f"{uploads}/{{id}}/delete"
    return [
        Operation("post", uploads, "uploads.create", upload, UploadDone, errors, 201, uploads=True),
        _picture(),
        Operation("post", mine, "uploads.delete", drop, UploadDropped, errors),
        Operation("get", file, "download_file", get, None, READ_ERRORS, file=ANY),
        Operation("get", f"{file}/preview", "preview_file", look, None, READ_ERRORS, file="image/webp"),
    ]


def _document() -> Operation:
    """Public: it says nothing of a shop, and tools that read it have no token yet."""
    return Operation(
        "get", "/openapi.json", "openapi", "This document. It needs no token.", None, (422,), public=True
    )


def _doc(run: Any) -> str:
    return " ".join((run.__doc__ or "").split())


def _own_doc(schema: type[BaseModel]) -> str:
    """What a schema says of itself; what the bases say is about the code."""
    return "" if schema in (Data, Query) else " ".join((schema.__dict__.get("__doc__") or "").split())
