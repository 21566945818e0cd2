"""Templates of quotes: made by the team, used through the list in the quote's form."""

from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.answers import QuoteTemplateDone
from app.errors import Problem, invalid
from app.orders.model import MOST_ID
from app.quotes.lines import plain_rate
from app.quotes.model import QuoteTemplate
from app.quotes.schemas import MOST_LINES, SentLine
from app.verb import TEAM, Call, Data, Done, Flag, Optional, Short, Verb, Whole

Name = Annotated[Short, Field(max_length=60)]
MOST_DAYS = 365


class Template(Data):
    """`lines` as in a quote; `valid_days` from the day a quote is made of it."""

    name: Name
    lines: Annotated[list[SentLine], Field(min_length=1, max_length=MOST_LINES)]
    tax_included: Flag | None = None
    note: Optional = ""
    valid_days: Annotated[int, Field(strict=True, ge=1, le=MOST_DAYS)] | None = None


class TemplateUpdate(Template):
    id: Whole


class Named(Data):
    id: Whole


async def create(call: Call) -> Done:
    """A new template; its name is its own among those in use."""
    await _check_name(call.tx.session, call.data.name)
    template = QuoteTemplate(archived_at=None, **_facts(call.data))
    call.tx.session.add(template)
    await call.tx.session.flush()
    return _done(call, template, created=True)


async def change(call: Call) -> Done:
    """All of a template anew. Quotes that were made of it stay as they are."""
    template = await _existing(call)
    if template.archived_at is not None:
        raise Problem("conflict", "This template is archived.")
    await _check_name(call.tx.session, call.data.name, but=template.id)
    for name, value in _facts(call.data).items():
        setattr(template, name, value)
    return _done(call, template)


async def archive(call: Call) -> Done:
    """The template is offered no longer."""
    template = await _existing(call)
    template.archived_at = template.archived_at or call.tx.now
    return _done(call, template)


async def restore(call: Call) -> Done:
    """An archived template is offered again."""
    template = await _existing(call)
    if template.archived_at is not None:
        await _check_name(call.tx.session, template.name)
        template.archived_at = None
    return _done(call, template)


async def archived_templates(session: AsyncSession) -> list[QuoteTemplate]:
    """By name."""
    wanted = select(QuoteTemplate).where(QuoteTemplate.archived_at.is_not(None))
    return list(await session.scalars(wanted.order_by(QuoteTemplate.name, QuoteTemplate.id)))


async def template_for(session: AsyncSession, key: int) -> QuoteTemplate:
    """Raises 404."""
    template = await session.get(QuoteTemplate, key) if 0 < key <= MOST_ID else None
    if template is None:
        raise Problem("not_found", "There is no such template.")
    return template


def template_dict(template: QuoteTemplate, currency: str) -> dict[str, Any]:
    lines = [
        line | {"unit_price": {"amount": line["unit_price"], "currency": currency}} for line in template.lines
    ]
    return {
        "id": template.id,
        "name": template.name,
        "lines": lines,
        "tax_included": template.tax_included,
        "note": template.note,
        "valid_days": template.valid_days,
        "archived": template.archived_at is not None,
    }


def _facts(data: Template) -> dict[str, Any]:
    lines = [
        line.model_dump() | {"tax_rate": plain_rate(line.tax_rate) if line.tax_rate else None}
        for line in data.lines
    ]
    kept = {"name": data.name, "lines": lines, "tax_included": data.tax_included}
    return kept | {"note": data.note, "valid_days": data.valid_days}


async def _existing(call: Call) -> QuoteTemplate:
    return await template_for(call.tx.session, call.data.id)


async def _check_name(session: AsyncSession, name: str, but: int = 0) -> None:
    same = (QuoteTemplate.name == name, QuoteTemplate.archived_at.is_(None), QuoteTemplate.id != but)
    if await session.scalar(select(QuoteTemplate.id).where(*same)) is not None:
        raise invalid("name", "There is a template of this name already.", "taken")


def _done(call: Call, template: QuoteTemplate, *, created: bool = False) -> Done:
    return Done(created=created, body={"quote_template": template_dict(template, call.tx.shop.currency)})


def _verb(name: str, path: str, run: Any, schema: type[Data], status: Literal[200, 201] = 200) -> Verb:
    return Verb(
        f"quote_templates.{name}",
        path,
        TEAM,
        run,
        schema,
        on_order=False,
        status=status,
        answer=QuoteTemplateDone,
    )


_ONE = "/quote_templates/{id}"
VERBS = (
    _verb("create", "/quote_templates", create, Template, status=201),
    _verb("update", f"{_ONE}/update", change, TemplateUpdate),
    _verb("archive", f"{_ONE}/archive", archive, Named),
    _verb("restore", f"{_ONE}/restore", restore, Named),
)
