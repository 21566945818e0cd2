"""What the API answers about the team (see app.answers)."""

from typing import Annotated, Literal

from pydantic import Field

from app.answers import Answer, Cursor


class TeamMember(Answer):
    """Roles, removal and invitations have no verbs here: no token that got lost may let anybody in."""

    email: Annotated[str, Field(description="What `orders.assign` takes as `member`.")]
    name: str
    role: Literal["owner", "agent"]


class TeamAnswer(Answer):
    items: list[TeamMember]
    next: Cursor
