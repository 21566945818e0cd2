"""The demo bank's own pages: a customer saves a card, and approves a payment. Whoever has the address may."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import i18n
from app.demo_bank import charges, setups
from app.demo_bank.cards import SPECIMENS, CardNumber
from app.demo_bank.gateway import DemoBank, Kind
from app.demo_bank.model import BankCharge, BankMethod, BankSetup
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.money import Money
from app.payments.gateway import GatewayRefused
from app.verb import validate
from app.web import Visit, see_other, visit


async def save_page(request: Request) -> Response:
    visitor, bank = await _visit(request)
    return await _save_page(visitor, bank)


async def save(request: Request) -> Response:
    """Saves the card of a test number, once; then the customer goes back to the shop."""
    visitor, bank = await _visit(request)
    async with request.form() as form:
        number = values_of(form).get("number", "")
    try:
        card: Any = validate(CardNumber, {"number": number})
    except Problem as problem:
        return await _save_page(visitor, bank, number, problem)
    async with bank.db.transaction() as tx:
        done = await setups.finish(tx, _ref(visitor, bank, "cards"), card.number)
    return see_other(done.return_url) if done else await _save_page(visitor, bank)


async def approval_page(request: Request) -> Response:
    visitor, bank = await _visit(request)
    async with bank.db.read() as session:
        charge = await session.get(BankCharge, _ref(visitor, bank, "approvals"))
        method = await session.get(BankMethod, charge.method) if charge else None
    if charge is None or charge.status != "action":
        return await _closed(visitor, charge)
    amount = Money(charge.amount, charge.currency)
    return await visitor.render("bank/approval.html", charge=charge, method=method, amount=amount)


async def decide(request: Request) -> Response:
    """Approves or declines a payment that waits for it; then the customer goes back to the shop."""
    visitor, bank = await _visit(request)
    async with request.form() as form:
        decision = values_of(form).get("decision")
    if decision not in ("approve", "decline"):
        raise Problem("malformed", "Approve or decline?")
    ref = _ref(visitor, bank, "approvals")
    try:
        async with bank.db.transaction() as tx:
            charge = await charges.decide(tx, ref, approved=decision == "approve")
    except GatewayRefused:
        charge = None
    if charge is None or charge.return_url is None:
        return await approval_page(request)
    return see_other(charge.return_url)


def routes() -> list[Route]:
    return [
        Route("/demo-bank/cards/{token}", save, methods=["POST"]),
        Route("/demo-bank/cards/{token}", save_page),
        Route("/demo-bank/approvals/{token}", decide, methods=["POST"]),
        Route("/demo-bank/approvals/{token}", approval_page),
    ]


async def _visit(request: Request) -> tuple[Visit, DemoBank]:
    visitor = await visit(request, "customer")
    bank = visitor.context.gateway
    if not isinstance(bank, DemoBank):
        raise Problem("not_found", "There is nothing here.")
    return visitor, bank


def _ref(visitor: Visit, bank: DemoBank, kind: Kind) -> str:
    """What this page is about; "" when its address is forged."""
    return bank.named(kind, visitor.request.path_params["token"])


async def _save_page(
    visitor: Visit, bank: DemoBank, number: object = "", problem: Problem | None = None
) -> Response:
    async with bank.db.read() as session:
        setup = await session.get(BankSetup, _ref(visitor, bank, "cards"))
    if setup is None or setup.method is not None or setups.is_over(setup, bank.db.clock()):
        return await _closed(visitor, setup)
    visitor.language = i18n.known(setup.language) or visitor.language
    with i18n.speaking(visitor.language):
        form = refused({"number": number}, problem) if problem else Form({})
    status = problem.status if problem else 200
    facts: dict[str, Any] = {"setup": setup, "form": form, "specimens": SPECIMENS}
    return await visitor.render("bank/card.html", status_code=status, **facts)


async def _closed(visitor: Visit, found: BankSetup | BankCharge | None) -> Response:
    """The page that says that there is nothing to do here, or nothing any more."""
    back = found.return_url if found else None
    return await visitor.render("bank/closed.html", status_code=410 if found else 404, back=back)
