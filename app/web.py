"""What the pages share: who visits in which language, page values, cookies, answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import access, i18n
from app.author import NOBODY, Actor
from app.baskets.actions import LASTS as BASKET_LASTS
from app.baskets.actions import basket_of
from app.branding.views import Brand, brand_of
from app.context import Context
from app.embed.panel import COOKIE, Panel, set_panel_cookie
from app.entries import Side
from app.errors import Problem
from app.operations import logs
from app.orders.boxes import counts, own_counts
from app.orders.queries import theirs
from app.rendering import render
from app.team.sessions import LASTS
from app.unread.queries import total, unread_by_order

COOKIES: dict[Side, str] = {"team": "orderline_team", "customer": "orderline_shop"}
LANGUAGE_COOKIE = "orderline_language"
BASKET_COOKIE = "orderline_basket"


@dataclass(slots=True)
class Page:
    """What every page knows of its reader and of the deployment."""

    side: Side
    person: str | None
    session: str
    name: str | None
    epoch: str
    language: str
    shop_name: str
    brand: Brand
    legal: Mapping[str, int]
    live_url: str
    path: str
    counts: dict[str, int]
    total_unread: int
    basket: int
    is_owner: bool
    demo: bool
    demo_bank: bool
    panel: Panel | None
    unread: dict[str, int]
    shortcuts: bool


class Visit:
    """One request for a page: its context, who asks on this side, and their language.

    In the panel (app.embed) every page is the one of the same name under templates/embed.
    """

    def __init__(self, request: Request, side: Side, actor: Actor) -> None:
        self.request = request
        self.side = side
        self.actor = actor
        self.context: Context = request.app.state.context
        self.panel: Panel | None = request.scope.get("panel")
        self.language = language_of(request, actor, self.context)

    @property
    def htmx(self) -> bool:
        return "hx-request" in self.request.headers

    @property
    def root(self) -> str:
        """What the shop's paths stand behind: "" but in the panel."""
        return self.panel.root if self.panel else ""

    def keep(self, response: Response, secret: str) -> None:
        """Let this browser come back as the customer, or the guest, whose session this is."""
        if self.panel:
            age = int(LASTS.total_seconds())
            set_panel_cookie(response, secret, age, secure=self.context.settings.secure)
        else:
            set_cookie(response, self.context, COOKIES["customer"], secret)

    def keep_basket(self, response: Response, secret: str) -> None:
        """Let this browser come back to its basket."""
        age = int(BASKET_LASTS.total_seconds())
        secure = self.context.settings.secure
        response.set_cookie(BASKET_COOKIE, secret, max_age=age, httponly=True, samesite="lax", secure=secure)

    async def render(
        self, name: str, *, status_code: int = 200, person: str | None = None, **values: Any
    ) -> Response:
        """A page, in the reader's language."""
        page = await self._page(person)
        if self.panel:
            name = f"embed/{name.rpartition('/')[2]}"
        return self.fragment(name, status_code=status_code, page=page, **values)

    def fragment(self, name: str, *, status_code: int = 200, **values: Any) -> Response:
        with i18n.speaking(self.language):
            html = render(name, **values)
        return HTMLResponse(self.panel.rooted(html) if self.panel else html, status_code)

    async def _page(self, person: str | None) -> Page:
        context, actor = self.context, self.actor
        today = context.shop.today(datetime.now(UTC))
        async with context.db.read() as session:
            boxes, unread, by_order = {}, 0, {}
            basket = await self._basket(session)
            if actor.known:
                mine = theirs(actor)
                boxes = (
                    await counts(session, today) if mine is None else await own_counts(session, mine, today)
                )
                unread = await total(session, actor)
                by_order = await unread_by_order(session, actor) if self.panel else {}
        return Page(
            side=self.side,
            person=person or (actor.key if actor.known else None),
            session=access.digest(actor.ticket)[:12],  # tells one from the next, and opens nothing
            name=(actor.name or actor.email or None),
            epoch=context.epoch,
            language=self.language,
            shop_name=context.shop.name,
            brand=brand_of(context.shop),
            legal=context.shop.legal,
            live_url=f"/live?side={self._door}",
            path=self.request.url.path,
            counts=boxes,
            total_unread=unread,
            basket=basket,
            is_owner=actor.role == "owner",
            demo=context.demo,
            demo_bank=context.shop.gateway == "demo",
            panel=self.panel,
            unread=by_order,
            shortcuts=actor.shortcuts,
        )

    async def _basket(self, session: AsyncSession) -> int:
        """How many lines this browser has collected; the panel and the desk have no basket."""
        if self.side != "customer" or self.panel:
            return 0
        basket = await basket_of(session, self.request.cookies.get(BASKET_COOKIE))
        return len(basket.lines) if basket else 0

    @property
    def _door(self) -> str:
        if self.side == "team":
            return "team"
        return "embed" if self.panel else "shop"


async def visit(request: Request, side: Side) -> Visit:
    """Who this request is from, on this side of the house."""
    context: Context = request.app.state.context
    panel = "panel" in request.scope
    secret = request.cookies.get(COOKIE if panel else COOKIES[side])
    actor = NOBODY if side == "customer" else Actor(side="team")
    if secret:
        async with context.db.read() as session:
            found = await access.by_session(session, secret, side, guests_alone=panel)
        actor = found if found.ticket else actor
    logs.about_actor(actor)
    context.uses.seen(actor)
    return Visit(request, side, actor)


def language_of(request: Request, actor: Actor, context: Context) -> str:
    """The person's own choice, else this browser's, else what the browser asks for, else the shop's."""
    panel: Panel | None = request.scope.get("panel")
    if panel:
        return panel.language
    chosen = i18n.known(actor.language) or i18n.known(request.cookies.get(LANGUAGE_COOKIE))
    return chosen or i18n.preferred(request.headers.get("accept-language", "")) or context.shop.language


def set_cookie(response: Response, context: Context, name: str, value: str) -> None:
    age = int(LASTS.total_seconds())
    secure = context.settings.secure
    response.set_cookie(name, value, max_age=age, httponly=True, samesite="lax", secure=secure, path="/")


def see_other(where: str) -> Response:
    return RedirectResponse(where, 303)


def local(where: object, default: str) -> str:
    """A path of ours to go on to; anything that leads elsewhere becomes `default`."""
    if not isinstance(where, str) or not where.startswith("/") or where.startswith(("//", "/\\")):
        return default
    parts = urlsplit(where)
    return default if parts.scheme or parts.netloc or any(ord(char) < 33 for char in where) else where


async def refusal(visitor: Visit, problem: Problem) -> Response:
    """The page that says why not, and leads on."""
    with i18n.speaking(visitor.language):
        message = i18n.gettext(problem.detail)
    facts: dict[str, Any] = {"status": problem.status, "code": problem.code, "message": message}
    facts["placed"] = "placed" in visitor.request.query_params
    return waiting(await visitor.render("error.html", status_code=problem.status, **facts), problem)


def waiting(response: Response, problem: Problem) -> Response:
    """The answer, with the header that says when to try again."""
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, round(problem.retry_after)))
    return response
