"""What the API answers about attachments (see app.answers)."""

from typing import Annotated

from pydantic import Field

from app.answers import Answer, Count, Seq


class Attachment(Answer):
    """A file, as a message's `data` has it. Pictures have `width` and `height`, in pixels."""

    id: Seq
    name: str
    type: Annotated[str, Field(description="Its media type, by its content.")]
    size: Annotated[Count, Field(description="In bytes.")]
    url: Annotated[str, Field(description="Where it can be downloaded, on this server, with a token.")]
    width: Seq | None = None
    height: Seq | None = None


class UploadDone(Answer):
    upload: Attachment


class UploadDropped(Answer):
    """Nothing is left to say."""
