"""A small shop is founded: the cast, a catalogue, two labels."""

from app.author import Actor
from app.context import Context
from app.customers.actions import customer_of
from app.db import Database
from app.migrate import migrate
from app.team.actions import add_member
from app.team.sessions import new_token
from app.verbs import perform
from tests.cast import CAST, Person
from tests.rules.house import PRODUCTS, by_token, name_of, settings_for


async def found(url: str) -> tuple[dict[Person, str], dict[str, int]]:
    """Fill an empty database with the cast and a catalogue; their tokens and the products' ids."""
    settings = settings_for(url)
    await migrate(settings)
    context = Context(settings, Database(settings.database_url))
    await context.load()
    try:
        tokens = await _people(context.db)
        bob = await by_token(context.db, tokens[CAST[0]])
        return tokens, await _catalogue(context.db, bob)
    finally:
        await context.db.close()


async def _people(db: Database) -> dict[Person, str]:
    tokens = {}
    async with db.transaction() as tx:
        for person in CAST:
            if person.side == "team":
                member = await add_member(tx, person.email, person.role, name_of(person))
                tokens[person] = await new_token(tx, member_id=member.id)
            else:
                customer = await customer_of(tx, person.email, name_of(person), "en")
                tokens[person] = await new_token(tx, customer_id=customer.id)
    return tokens


async def _catalogue(db: Database, member: Actor) -> dict[str, int]:
    plan = {"name": "Care", "price": 1500, "interval": {"every": 1, "unit": "month"}}
    made = await perform(db, member, "plans.create", None, plan)
    products = {}
    for name, product in PRODUCTS.items():
        data = product | ({"plan": made.body["plan"]["id"]} if name == "care" else {})
        products[name] = (await perform(db, member, "products.create", None, data)).body["product"]["id"]
    for label in ("Rush", "Proof needed"):
        await perform(db, member, "labels.create", None, {"name": label})
    return products
