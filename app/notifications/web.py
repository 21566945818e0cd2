"""Pages of what one is told of: a member's in the settings, a customer's in the account."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app import i18n
from app.errors import Problem
from app.forms import Form, refused, values_of
from app.notifications.actions import choose, chosen, known_zone, several, weekdays
from app.notifications.choices import EVERY_DAY, Choices, choices_of
from app.notifications.events import CHANNELS, events_of, word
from app.orders.web import visit_of
from app.push.queries import browsers_of
from app.web import Visit, see_other
from app.zones import zones

PATHS = {"team": "/desk/settings/notifications", "customer": "/account/notifications"}
NIGHT = ("20:00", "07:00")


async def page(request: Request) -> Response:
    visitor = await own_visit(request)
    return await _page(visitor, saved="saved" in request.query_params)


async def save(request: Request) -> Response:
    visitor = await own_visit(request)
    async with request.form(max_fields=200) as form:
        values = values_of(form)
    try:
        data = chosen(values, visitor.side)
    except Problem as problem:
        with i18n.speaking(visitor.language):
            return await _page(visitor, refused(values, problem))
    async with visitor.context.db.transaction() as tx:
        await choose(tx, visitor.actor.key, data)
    return see_other(f"{PATHS[visitor.side]}?saved")


async def own_visit(request: Request) -> Visit:
    """Of somebody with a name to us. Raises 401."""
    visitor = await visit_of(request)
    if not (visitor.actor.member_id or visitor.actor.customer_id):
        raise Problem("unauthenticated", "Please sign in.")
    return visitor


async def _page(visitor: Visit, form: Form | None = None, *, saved: bool = False) -> Response:
    person = visitor.actor.key
    async with visitor.context.db.read() as session:
        choices = (await choices_of(session, [person]))[person]
        browsers = await browsers_of(session, person)
    shown = _typed(form.values) if form else _stored(choices)
    shown["zone"] = shown["zone"] or known_zone(choices.zone, visitor.context.shop.zone)
    with i18n.speaking(visitor.language):
        events = [_event(event.name, event.offered, choices, form) for event in events_of(visitor.side)]
    context: dict[str, Any] = {"events": events, "shown": shown, "browsers": browsers, "form": form}
    context |= {
        "saved": saved,
        "base": PATHS[visitor.side],
        "zones": sorted(zones()),
        "zone_known": choices.zone,
    }
    side = "desk" if visitor.side == "team" else "shop"
    return await visitor.render(f"{side}/notifications.html", status_code=422 if form else 200, **context)


def _event(name: str, offered: Any, choices: Choices, form: Form | None) -> dict[str, Any]:
    """A row of the table: by channel whether it is chosen, None where that is not offered."""
    typed = several(form.values, name) if form else None
    on = {
        channel: (channel in typed if typed is not None else choices.wants(name, channel))
        if channel in offered
        else None
        for channel in CHANNELS
    }
    return {"name": name, "word": word(name), "on": on}


def _stored(choices: Choices) -> dict[str, Any]:
    quiet = choices.quiet
    return {
        "shows_text": choices.shows_text,
        "sounds": choices.sounds,
        "quiet_from": quiet.begins.isoformat("minutes") if quiet else "",
        "quiet_until": quiet.ends.isoformat("minutes") if quiet else "",
        "quiet_days": quiet.days if quiet else EVERY_DAY,
        "zone": choices.zone,
    }


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    texts = {name: str(values.get(name, "")) for name in ("quiet_from", "quiet_until", "zone")}
    return (
        {name: name in values for name in ("shows_text", "sounds")} | texts | {"quiet_days": weekdays(values)}
    )
