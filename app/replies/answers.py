"""What the API answers about canned replies (see app.answers)."""

from typing import Annotated

from pydantic import Field

from app.answers import Answer, Cursor, Seq


class Reply(Answer):
    id: Seq
    name: str
    text: Annotated[str, Field(description="As written, with {customer} and the like in it.")]
    archived: bool


class ReplyDone(Answer):
    reply: Reply


class RepliesAnswer(Answer):
    items: list[Reply]
    next: Cursor
