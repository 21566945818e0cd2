"""The owner's view of the mail: what was written, what waits, what was given up."""

from base64 import b64encode
from typing import Any

from sqlalchemy import and_, case, or_, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.branding.logo import for_mails
from app.errors import Problem
from app.mail.model import Mail
from app.mail.outbox import LOGO
from app.orders.web import desk_visit
from app.web import Visit

PAGE = 50
MAIL_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


async def mails(request: Request) -> Response:
    """What was given up first, then everything else, the newest first."""
    visitor = await owner_visit(request)
    wanted = select(Mail).where(_after(request.query_params.get("cursor", "")))
    wanted = wanted.order_by(case((Mail.status == "failed", 0), else_=1), Mail.id.desc())
    async with visitor.context.db.read() as session:
        found = (await session.scalars(wanted.limit(PAGE + 1))).all()
    after = _cursor(found[PAGE - 1]) if len(found) > PAGE else None
    return await visitor.render("desk/mail.html", mails=found[:PAGE], next=after)


def _cursor(mail: Mail) -> str:
    return f"{'failed' if mail.status == 'failed' else 'other'}-{mail.id}"


def _after(cursor: str) -> Any:
    kind, _, text = cursor.partition("-")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return True
    failed, below = Mail.status == "failed", Mail.id < int(text)
    return or_(~failed, below) if kind == "failed" else and_(~failed, below)


async def mail(request: Request) -> Response:
    visitor = await owner_visit(request)
    return await visitor.render("desk/mail_show.html", mail=await _mail(visitor, request))


async def mail_html(request: Request) -> Response:
    """The HTML part for a sandboxed frame: it may style itself and nothing else."""
    visitor = await owner_visit(request)
    found = await _mail(visitor, request)
    shown = await _with_logo(visitor, found.html)
    return HTMLResponse(shown, headers={"Content-Security-Policy": MAIL_CSP})


async def _with_logo(visitor: Visit, html: str) -> str:
    """The picture that a mail carries along stands in the page itself here."""
    logo = visitor.context.shop.logo
    data = await for_mails(visitor.context.files, logo) if logo and LOGO in html else None
    if data is None:
        return html
    return html.replace(f'src="{LOGO}"', f'src="data:image/png;base64,{b64encode(data).decode()}"')


async def owner_visit(request: Request) -> Visit:
    visitor = await desk_visit(request)
    if visitor.actor.role != "owner":
        raise Problem("forbidden", "This is for the owner.")
    return visitor


async def _mail(visitor: Visit, request: Request) -> Mail:
    number = request.path_params["id"]
    async with visitor.context.db.read() as session:
        found = await session.get(Mail, number) if number < 2**31 else None
    if found is None:
        raise Problem("not_found", "There is no such mail.")
    return found
