"""Changing what the shop sells. Orders keep their own snapshot, so nothing here changes one."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import func, select, update

from app.answers import CatalogueAnswer, ProductDone
from app.catalogue.model import Plan, Product
from app.catalogue.pictures import attach, loosen
from app.catalogue.queries import catalogue
from app.catalogue.schemas import Existing, Move, PictureIn, ProductIn, ProductUpdate, Rename
from app.catalogue.views import product_view
from app.errors import Problem, invalid
from app.verb import TEAM, Call, Data, Done, Verb


async def create(call: Call) -> Done:
    """Another product, at the end of the catalogue."""
    data: ProductIn = call.data
    plan = await _plan(call, None)
    last = await call.tx.session.scalar(select(func.max(Product.position)))
    columns = _columns(data) | {"pictures": await _pictures(call, data.pictures or [])}
    product = Product(currency=call.tx.shop.currency, archived_at=None, position=(last or 0) + 1, **columns)
    call.tx.session.add(product)
    await call.tx.session.flush()
    return _shown(product, plan, created=True)


async def change(call: Call) -> Done:
    """Everything about a product, as a whole; orders keep their own snapshot."""
    data: ProductUpdate = call.data
    product = await _product(call)
    if data.version is not None and data.version != product.version:
        raise Problem("changed", "Somebody else has changed this product since you read it.")
    plan = await _plan(call, product)
    for name, value in _columns(data).items():
        setattr(product, name, value)
    if data.pictures is not None:
        before = {picture["id"] for picture in product.pictures}
        product.pictures = await _pictures(call, data.pictures)
        await loosen(call.tx, before - {picture.id for picture in data.pictures})
    product.version += 1
    return _shown(product, plan)


async def archive(call: Call) -> Done:
    """The product cannot be ordered any more; orders keep theirs."""
    product = await _product(call)
    product.archived_at = product.archived_at or call.tx.now
    return _shown(product, await _plan_of(call, product))


async def restore(call: Call) -> Done:
    """An archived product can be ordered again, where it stood."""
    product = await _product(call)
    product.archived_at = None
    return _shown(product, await _plan_of(call, product))


async def move(call: Call) -> Done:
    """Sort the catalogue by hand; answers all of it."""
    data: Move = call.data
    # locked in the order of their ids, so that two who sort at once wait for each other
    found = await call.tx.session.scalars(select(Product).order_by(Product.id).with_for_update())
    products = sorted(found, key=lambda product: (product.position, product.id))
    by_id = {product.id: product for product in products}
    for where, wanted in (("products", data.products), ("before", [data.before] if data.before else [])):
        if not by_id.keys() >= set(wanted):
            raise invalid(where, "There is no such product.", "unknown")
    if data.before in data.products or len(set(data.products)) != len(data.products):
        raise invalid("products", "A product can stand in one place only.", "twice")
    moved = [by_id[number] for number in data.products]
    rest = [product for product in products if product.id not in data.products]
    place = next((n for n, product in enumerate(rest) if product.id == data.before), len(rest))
    for position, product in enumerate([*rest[:place], *moved, *rest[place:]], 1):
        product.position = position
    await call.tx.session.flush()
    return await _all(call)


async def rename(call: Call) -> Done:
    """Another name for a category, on all its products; answers the catalogue."""
    data: Rename = call.data
    values = {"category": data.name, "version": Product.version + 1}
    await call.tx.session.execute(update(Product).where(Product.category == data.category).values(values))
    return await _all(call)


async def _all(call: Call) -> Done:
    shown = [product.as_dict() for product in await catalogue(call.tx.session)]
    return Done(body={"items": shown, "next": None})


def _shown(product: Product, plan: Plan | None, *, created: bool = False) -> Done:
    view = product_view(product, plan)
    return Done(created=created, body={"product": view.as_dict() | {"archived": view.archived}})


def _columns(data: ProductIn) -> dict[str, Any]:
    columns = data.model_dump(exclude={"id", "version", "plan", "pictures"})
    return columns | {"plan_id": data.plan}


async def _plan(call: Call, product: Product | None) -> Plan | None:
    """The plan that is wanted; a retired one only where the product has it already."""
    number = call.data.plan
    if number is None:
        return None
    plan = await call.tx.session.get(Plan, number) if 0 < number < 2**31 else None
    had = product is not None and product.plan_id == number
    if plan is None or (plan.retired_at is not None and not had):
        raise invalid("plan", "There is no such plan.", "unknown")
    return plan


async def _plan_of(call: Call, product: Product) -> Plan | None:
    return await call.tx.session.get(Plan, product.plan_id) if product.plan_id else None


async def _pictures(call: Call, wanted: Sequence[PictureIn]) -> list[dict[str, Any]]:
    """Pictures that are stored, each once."""
    ids = [picture.id for picture in wanted]
    if len(set(ids)) != len(ids):
        raise invalid("pictures", "A picture can be shown once only.", "twice")
    found = await attach(call.tx, ids)
    for position, picture in enumerate(wanted):
        if picture.id not in found:
            raise invalid(f"pictures.{position}.id", "There is no such picture.", "unknown")
    return [
        {"id": each.id, "alt": each.alt, "width": found[each.id].width, "height": found[each.id].height}
        for each in wanted
    ]


async def _product(call: Call) -> Product:
    number = call.data.id
    known = 0 < number < 2**31
    product = await call.tx.session.get(Product, number, with_for_update=True) if known else None
    if product is None:
        raise Problem("not_found", "There is no such product.")
    return product


def _verb(
    name: str,
    path: str,
    run: Any,
    schema: type[Data],
    answer: Any = ProductDone,
    status: Literal[200, 201] = 200,
) -> Verb:
    return Verb(name, path, TEAM, run, schema, on_order=False, status=status, answer=answer)


VERBS = (
    _verb("products.create", "/products", create, ProductIn, status=201),
    _verb("products.update", "/products/{id}/update", change, ProductUpdate),
    _verb("products.archive", "/products/{id}/archive", archive, Existing),
    _verb("products.restore", "/products/{id}/restore", restore, Existing),
    _verb("products.move", "/products/move", move, Move, CatalogueAnswer),
    _verb("categories.rename", "/categories/rename", rename, Rename, CatalogueAnswer),
)
