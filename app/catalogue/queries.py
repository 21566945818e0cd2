"""Reading the catalogue."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.model import Plan, Product
from app.catalogue.views import ProductView, product_view

_LISTED = (
    select(Product, Plan).outerjoin(Plan, Plan.id == Product.plan_id).where(Product.archived_at.is_(None))
)


async def catalogue(session: AsyncSession) -> list[ProductView]:
    """All that can be ordered, in the shop's order."""
    rows = await session.execute(_LISTED.order_by(Product.position, Product.id))
    return [product_view(product, plan) for product, plan in rows]


async def products_by_id(session: AsyncSession, ids: Collection[int]) -> dict[int, ProductView]:
    small = [number for number in ids if 0 < number < 2**31]
    rows = await session.execute(_LISTED.where(Product.id.in_(small)))
    return {product.id: product_view(product, plan) for product, plan in rows}
