"""The page where the team manages its labels."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.keeping import Keeping
from app.labels.model import COLORS, Label


async def _all(session: AsyncSession) -> Sequence[Label]:
    return (await session.scalars(select(Label).order_by(Label.name, Label.id))).all()


labels = Keeping(
    path="/desk/settings/labels",
    verbs="labels",
    key="label",
    attribute="slug",
    fields=("name", "color"),
    largest=10_000,
    template="desk/labels.html",
    found=_all,
    more={"colors": COLORS},
)
