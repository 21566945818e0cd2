"""Letting a member in, whichever way they came: at once, or half until they gave a code.

What a browser holds in between is signed and lasts ten minutes; it opens nothing but the page that asks, and
ends with the password that it was got with.
"""

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import Response

from app.access import as_member, digest
from app.audit.recording import record
from app.db import Transaction
from app.operations.addresses import address_of
from app.shop import Shop
from app.team.model import Member
from app.team.sessions import start
from app.web import COOKIES, Visit, see_other, set_cookie

HALF = "orderline_half"
LASTS = 600  # seconds
PAGE = "/desk/sign-in/code"


@dataclass(frozen=True, slots=True)
class Admission:
    """What the browser is to hold: a session's secret or, `half`, the word that a code is still owed."""

    secret: str
    half: bool


@dataclass(frozen=True, slots=True)
class Half:
    """Who gave everything but a code, how, and where they want to go."""

    member_id: int
    how: str
    where: str
    password: str

    def of(self, member: Member) -> bool:
        return self.password == _password(member)


async def admit(tx: Transaction, desk: Visit, member: Member, how: str, where: str) -> Admission:
    """`how` is password or link; whoever set up a second factor is asked for it after either."""
    if member.totp_since is not None:
        half = [member.id, how, where, _password(member)]
        return Admission(str(_signer(tx.shop).dumps(half)), True)
    note(tx, desk, member, "signed_in", how)
    return Admission(await start(tx, member_id=member.id, before=desk.actor), False)


def note(tx: Transaction, desk: Visit, member: Member, kind: str, how: str) -> None:
    """Into the audit log, with the address that it came from."""
    where = address_of(desk.request.scope) or ""
    record(tx, as_member(member), kind, how=how, address=where)


def answer(desk: Visit, admission: Admission, where: str) -> Response:
    """Into the desk, or to the page that asks for a code."""
    response = see_other(PAGE if admission.half else where)
    if admission.half:
        secure = desk.context.settings.secure
        response.set_cookie(
            HALF, admission.secret, LASTS, httponly=True, samesite="lax", secure=secure, path=PAGE
        )
    else:
        set_cookie(response, desk.context, COOKIES["team"], admission.secret)
    return response


def half_of(desk: Visit) -> Half | None:
    """What the browser holds; None when it is nothing, forged or over."""
    try:
        found = _signer(desk.context.shop).loads(desk.request.cookies.get(HALF, ""), max_age=LASTS)
    except BadSignature:
        return None
    return Half(*found)


def _signer(shop: Shop) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(shop.secret, salt="second factor")


def _password(member: Member) -> str:
    return digest(member.password_hash or "")[:16]
