"""The page on which the team makes and changes a product."""

from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.catalogue.desk_web import BASE, as_seen, product_of
from app.catalogue.draft import MOST, TEXTS, Draft
from app.catalogue.model import Plan, Product
from app.catalogue.pictures import MOST_BYTES, keep, views
from app.catalogue.queries import any_product, categories, live_plans, newest
from app.catalogue.schemas import ProductIn
from app.catalogue.typed import Reading, refused_draft
from app.catalogue.views import PlanView, ProductView, plan_view, product_view
from app.errors import Problem
from app.forms import Form, values_of
from app.orders.web import desk_visit
from app.verb import validate
from app.web import Visit, see_other, waiting

MOST_FILES = 12
MOST_FIELDS = 20_000  # fifty options of a hundred choices, three fields each


async def new(request: Request) -> Response:
    visitor = await desk_visit(request)
    async with visitor.context.db.read() as session:
        like = await newest(session)
    return await _page(visitor, Draft.new(like, visitor.context.shop, visitor.language), None)


async def edit(request: Request) -> Response:
    visitor = await desk_visit(request)
    product = await product_of(visitor, request.path_params["id"])
    return await _page(visitor, Draft.of(product, visitor.language), product)


async def create(request: Request) -> Response:
    return await _posted(await desk_visit(request), None)


async def change(request: Request) -> Response:
    visitor = await desk_visit(request)
    return await _posted(visitor, await product_of(visitor, request.path_params["id"]))


async def _posted(visitor: Visit, product: ProductView | None) -> Response:
    """Save; or one step of editing, which saves nothing; or look at it as customers would."""
    async with visitor.request.form(
        max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=256 * 1024
    ) as form:
        values = values_of(form)
        draft, step = Draft.read(values), str(values.get("step", "save"))
        # first, so that a form that is refused brings its pictures back, too
        wrong = await _take_pictures(visitor, draft, form)
    if step not in ("save", "preview"):
        draft.take(step)
        return await _page(visitor, draft, product, Form(draft.values(), wrong))
    draft.tidy()
    try:
        if wrong:
            raise Problem("invalid", "Some pictures could not be taken.")
        with i18n.speaking(visitor.language):
            data = Reading(visitor.context.shop.currency, visitor.language).data(draft)
            if step == "preview":
                return await as_seen(visitor, await _unsaved(visitor, data))
            number = await _save(visitor, draft, product, data)
    except Problem as problem:
        return await _refused(visitor, draft, product, problem, wrong)
    return see_other(f"{BASE}?saved={number}#product-{number}")


async def _take_pictures(visitor: Visit, draft: Draft, sent: FormData) -> dict[str, list[str]]:
    """Store what came; what is wrong with some of it, by the names of the files."""
    errors: list[str] = []
    for file in sent.getlist("files"):
        if isinstance(file, str) or not file.filename:
            continue
        try:
            if len(draft.pictures) >= MOST["pictures"]:
                raise Problem("invalid", "A product can have 12 pictures.")
            found = await keep(visitor.context.db, visitor.context.files, await file.read(MOST_BYTES + 1))
            if all(each["id"] != found.id for each in draft.pictures):
                draft.pictures.append({"id": found.id, "alt": ""})
        except Problem as problem:
            with i18n.speaking(visitor.language):
                errors.append(f"{file.filename[:100]}: {i18n.gettext(problem.detail)}")
    return {"files": errors} if errors else {}


async def _save(visitor: Visit, draft: Draft, product: ProductView | None, data: dict[str, Any]) -> int:
    verb = "products.create"
    if product is not None:
        verb, read = "products.update", draft.plain["version"]
        data |= {"id": product.id, "version": int(read) if read.isdigit() and len(read) < 10 else 0}
    done = await visitor.context.do(visitor.actor, verb, None, data, None)
    return int(done.body["product"]["id"])


async def _unsaved(visitor: Visit, data: dict[str, Any]) -> ProductView:
    """What is typed, as a product that nobody has saved."""
    checked = validate(ProductIn, data)
    columns = checked.model_dump(exclude={"plan", "pictures"})
    async with visitor.context.db.read() as session:
        plan = await session.get(Plan, checked.plan) if checked.plan else None
        shown = await views(session, data["pictures"])
    row = Product(id=0, currency=visitor.context.shop.currency, version=1, archived_at=None, **columns)
    row.pictures = []
    return replace(product_view(row, plan), pictures=shown)


async def _refused(
    visitor: Visit,
    draft: Draft,
    product: ProductView | None,
    problem: Problem,
    wrong: dict[str, list[str]],
) -> Response:
    theirs = None
    if problem.code == "changed" and product is not None:
        async with visitor.context.db.read() as session:
            theirs = await any_product(session, product.id)
    if theirs is not None:
        draft.plain["version"] = str(theirs.version)
    with i18n.speaking(visitor.language):
        form = refused_draft(draft, problem, {*draft.values(), *_blocks(draft)})
    form.errors |= wrong
    return waiting(await _page(visitor, draft, theirs or product, form, problem.status, theirs), problem)


def _blocks(draft: Draft) -> list[str]:
    return [f"options.{number}.choices" for number in range(len(draft.options))]


async def _page(
    visitor: Visit,
    draft: Draft,
    product: ProductView | None,
    form: Form | None = None,
    status_code: int = 200,
    theirs: ProductView | None = None,
) -> Response:
    async with visitor.context.db.read() as session:
        plans = [plan_view(plan) for plan in await live_plans(session)]
        known = await categories(session)
        shown = {each.id: each for each in await views(session, draft.pictures)}
    draft.pictures = [each for each in draft.pictures if each["id"] in shown]
    values: dict[str, Any] = {"draft": draft, "product": product, "categories": known, "shown": shown}
    values["plans"] = _with_its_own(plans, product)
    values["form"] = form or Form(draft.values())
    values["differs"] = _differences(draft, theirs, visitor.language) if theirs else []
    values["conflict"] = theirs is not None
    return await visitor.render("desk/product.html", status_code=status_code, **values)


def _with_its_own(plans: list[PlanView], product: ProductView | None) -> list[PlanView]:
    """A product may keep a plan that was retired."""
    own = product.plan if product else None
    return plans if own is None or own.id in {plan.id for plan in plans} else [own, *plans]


def _differences(draft: Draft, theirs: ProductView, language: str) -> list[tuple[str, str]]:
    """The plain fields in which what is stored by now is not what is typed here."""
    stored = Draft.of(theirs, language)
    found = [(name, stored.plain[name]) for name in TEXTS if stored.plain[name] != draft.plain[name]]
    return found + ([("options", "")] if stored.options != draft.options else [])
