"""Reading the catalogue."""

from collections.abc import Collection, Iterable

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.model import Plan, Product
from app.catalogue.views import ProductView, product_view

Section = tuple[str, list[ProductView]]
_ALL: Select[Product, Plan] = select(Product, Plan).outerjoin(Plan, Plan.id == Product.plan_id)
_LISTED = _ALL.where(Product.archived_at.is_(None))


async def catalogue(session: AsyncSession) -> list[ProductView]:
    """All that can be ordered, in the shop's order: section by section."""
    return [product for _, products in await sections(session) for product in products]


async def sections(session: AsyncSession) -> list[Section]:
    """The same by category: where its first product stands, there the whole category does."""
    return _grouped(await _views(session, _LISTED.order_by(Product.position, Product.id)))


async def archived(session: AsyncSession) -> list[ProductView]:
    """What can no longer be ordered, the latest first."""
    gone = _ALL.where(Product.archived_at.is_not(None))
    return await _views(session, gone.order_by(Product.archived_at.desc(), Product.id).limit(500))


async def products_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, ProductView]:
    small = [number for number in ids if 0 < number < 2**31]
    found = await _views(session, _LISTED.where(Product.id.in_(small)))
    return {product.id: product for product in found}


async def any_product(session: AsyncSession, number: int) -> ProductView | None:
    """A product, archived or not."""
    found = await _views(session, _ALL.where(Product.id == number)) if 0 < number < 2**31 else []
    return found[0] if found else None


async def newest(session: AsyncSession) -> ProductView | None:
    """The product that was made last."""
    found = await _views(session, _ALL.order_by(Product.id.desc()).limit(1))
    return found[0] if found else None


async def categories(session: AsyncSession) -> list[str]:
    """The names in use, to choose from."""
    names = select(Product.category).where(Product.category != "").distinct()
    return sorted(await session.scalars(names), key=str.casefold)


async def live_plans(session: AsyncSession) -> list[Plan]:
    return list(await session.scalars(select(Plan).where(Plan.retired_at.is_(None)).order_by(Plan.name)))


async def _views(session: AsyncSession, wanted: Select[Product, Plan]) -> list[ProductView]:
    return [product_view(product, plan) for product, plan in await session.execute(wanted)]


def _grouped(products: Iterable[ProductView]) -> list[Section]:
    found: dict[str, list[ProductView]] = {}
    for product in products:
        found.setdefault(product.category, []).append(product)
    return list(found.items())
