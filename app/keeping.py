"""A settings page with a list that the team keeps: each made, changed, archived and restored by a verb."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.orders.web import desk_visit
from app.web import Visit, see_other


class Kept(Protocol):
    """As much of a row as the page needs; what is in use has no `archived_at`."""

    @property
    def archived_at(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Keeping:
    """The page and its forms. What tells one from another is called `key` in verbs and addresses, and is a
    row's `attribute`.

    `fields` are a form's and the verb's; each has at most `largest` bytes. `found` reads all rows, in the
    order shown. `more` is what else the template shows.
    """

    path: str
    verbs: str
    key: str
    attribute: str
    fields: Sequence[str]
    largest: int
    template: str
    found: Callable[[AsyncSession], Awaitable[Sequence[Kept]]]
    more: dict[str, Any]

    async def page(self, request: Request) -> Response:
        return await self._page(await desk_visit(request))

    async def create(self, request: Request) -> Response:
        return await self._do(request, "create")

    async def update(self, request: Request) -> Response:
        return await self._do(request, "update")

    async def archive(self, request: Request) -> Response:
        return await self._do(request, "archive")

    async def restore(self, request: Request) -> Response:
        return await self._do(request, "restore")

    async def _do(self, request: Request, verb: str) -> Response:
        visitor, key = await desk_visit(request), request.path_params.get(self.key)
        values = await self._values(request) if verb in ("create", "update") else {}
        data: dict[str, Any] = {name: values[name] for name in self.fields if name in values}
        if key is not None:
            data[self.key] = key
        try:
            with i18n.speaking(visitor.language):
                await visitor.context.do(visitor.actor, f"{self.verbs}.{verb}", None, data)
        except Problem as problem:
            if problem.status in (401, 404):
                raise
            with i18n.speaking(visitor.language):
                form = refused(values, problem)
            return await self._page(visitor, form, key, problem.status)
        said = {"archive": f"archived={key}", "restore": "restored"}.get(verb, "saved")
        return see_other(f"{self.path}?{said}")

    async def _page(
        self, visitor: Visit, form: Form | None = None, key: Any = None, status_code: int = 200
    ) -> Response:
        async with visitor.context.db.read() as session:
            rows = await self.found(session)
        query = visitor.request.query_params
        archived = [row for row in rows if row.archived_at is not None]
        context: dict[str, Any] = {
            "base": self.path,
            "current": [row for row in rows if row.archived_at is None],
            "archived": archived,
            "gone": next((row for row in archived if str(self._key(row)) == query.get("archived")), None),
            "saved": "saved" in query or "restored" in query,
            "form": form,
            "key": key,
            "key_of": self._key,
        }
        return await visitor.render(self.template, status_code=status_code, **context, **self.more)

    def _key(self, row: Kept) -> Any:
        return getattr(row, self.attribute)

    async def _values(self, request: Request) -> dict[str, Any]:
        async with request.form(max_fields=10, max_part_size=self.largest) as form:
            return values_of(form)
