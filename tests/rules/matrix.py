"""Who may go where: every route of the product is in exactly one of these rules."""

from collections.abc import Iterator, Sequence
from typing import Final

from starlette.routing import BaseRoute, Mount, Route

COLUMNS: Final = ("nobody", "carol", "guest", "alice", "agent", "owner", "reader")
"""carol is another customer, guest a browser that opened the links to alice's orders, reader a token of the
owner's that may only read. Pages know people by cookie, the API by token: so the team is nobody in the shop,
and a guest, who has no token, nobody at the API."""

# in: let in, whatever is then said of the request · out: asked to sign in · no: 403 · none: 404
RULES: Final = {
    # pages                     nobody carol guest alice agent owner reader
    "everybody":               " in     in    in    in    in    in    in  ",
    "nothing is there":        " none   none  none  none  none  none  none",
    "of the order":            " none   none  in    in    none  none  none",
    "in the panel":            " none   none  in    none  none  none  none",
    "asked again":             " out    out   out   out   out   out   out ",
    "customers":               " out    in    out   in    out   out   out ",
    # of browsers that nobody of these has
    "nobody's own":            " out    none  out   none  out   out   out ",
    "no member's own":         " out    out   out   out   none  none  out ",
    "holder of alice's token": " out    none  out   in    out   out   out ",
    "team":                    " out    out   out   out   in    in    out ",
    "owner":                   " out    out   out   out   no    in    out ",
    # API
    "read":                    " out    in    out   in    in    in    in  ",
    "read the order":          " out    none  out   in    in    in    in  ",
    "read, team":              " out    no    out   no    in    in    in  ",
    "read, owner":             " out    no    out   no    no    in    in  ",
    "place":                   " out    in    out   in    in    in    no  ",
    "do, in the order":        " out    none  out   in    in    in    no  ",
    "do, team in the order":   " out    none  out   no    in    in    no  ",
    "do, owner in the order":  " out    none  out   no    no    in    no  ",
    "do, customer's order":    " out    none  out   in    no    no    no  ",
    "do, team":                " out    no    out   no    in    in    no  ",
    "do, owner":               " out    no    out   no    no    in    no  ",
    "do, customer":            " out    in    out   in    no    no    no  ",
    "no such path":            " out    none  out   none  none  none  none",
}  # fmt: skip

PLACES: Final = {
    "everybody": """
        GET /  GET /products/{id}
        GET /basket  POST /basket  POST /basket/order  POST /basket/restore
        POST /basket/{key}/quantity  POST /basket/{key}/remove
        POST /orders  GET /orders  GET /orders/rows
        GET /sign-in  POST /sign-in  GET /sign-in/{token}  POST /sign-in/{token}
        POST /sign-out  POST /language
        GET /join/{token}  POST /join/{token}
        GET /account/email/{token}  POST /account/email/{token}  GET /account/deleted
        GET /desk  GET /desk/sign-in  GET /desk/sign-in/code  POST /desk/sign-in/code
        POST /desk/sign-out
        GET /push-key  GET /push-worker.js  GET /desk.webmanifest  GET /shop.webmanifest
        GET /embed.js  GET /embed/{language}/door  GET /embed/{language}/products/{id}
        GET /embed/{language}/orders  POST /embed/{language}/orders
        GET /api/v1/openapi.json  GET /healthz  GET /readyz  GET /static/{version}
        GET /brand/{version}/{color}.css  GET /brand/logo/{name}
        GET /terms  GET /terms/{id:int}  GET /privacy  GET /privacy/{id:int}
        GET /imprint  GET /imprint/{id:int}
    """,
    # of an address that only who was sent there knows, and nobody is here
    "nothing is there": """
        GET /setup  POST /setup
        GET /o/{token}  GET /from-embed/{token}  GET /orders/{number}/cards/{secret}
        GET /demo-bank/cards/{token}  POST /demo-bank/cards/{token}
        GET /demo-bank/approvals/{token}  POST /demo-bank/approvals/{token}
        POST /webhooks/{gateway}  GET /metrics  GET /pictures/{id}/{size}
        GET /embed/{language}/{rest:path}  POST /embed/{language}/{rest:path}
    """,
    "of the order": """
        GET /orders/{number}  GET /orders/{number}/entries  POST /orders/{number}/cancel
        GET /orders/{number}/copy  GET /orders/{number}/copy.pdf
        POST /orders/{number}/messages
        POST /orders/{number}/messages/{seq}/correct  POST /orders/{number}/messages/{seq}/withdraw
        POST /orders/{number}/read
        POST /orders/{number}/uploads  POST /orders/{number}/uploads/{id:int}/delete
        GET /orders/{number}/files/{id:int}  GET /orders/{number}/files/{id:int}/preview
        POST /orders/{number}/quotes/{version}/approve  POST /orders/{number}/quotes/{version}/reject
        POST /orders/{number}/quotes/{version}/counter
        POST /orders/{number}/cards  POST /orders/{number}/payments/{payment}/pay
        POST /orders/{number}/payments/{payment}/card  GET /orders/{number}/payments/{payment}/approve
        GET /orders/{number}/payments/{payment}/return  GET /orders/{number}/payments/{payment}/receipt
        GET /subscriptions/{id}  POST /subscriptions/{id}/cancel
    """,
    "in the panel": """
        GET /embed/{language}/orders/{number}  GET /embed/{language}/orders/{number}/entries
        GET /embed/{language}/orders/{number}/tab  POST /embed/{language}/orders/{number}/cards
        GET /embed/{language}/orders/{number}/payments/{payment}/receipt
        GET /embed/{language}/orders/{number}/payments/{payment}/{what}
        POST /embed/{language}/orders/{number}/payments/{payment}/{what}
        GET /embed/{language}/subscriptions/{id}  POST /embed/{language}/orders/{number}/cancel
        POST /embed/{language}/orders/{number}/messages
        POST /embed/{language}/orders/{number}/messages/{seq}/correct
        POST /embed/{language}/orders/{number}/messages/{seq}/withdraw
        POST /embed/{language}/orders/{number}/read
        POST /embed/{language}/orders/{number}/uploads
        POST /embed/{language}/orders/{number}/uploads/{id:int}/delete
        GET /embed/{language}/orders/{number}/files/{id:int}
        GET /embed/{language}/orders/{number}/files/{id:int}/preview
        POST /embed/{language}/orders/{number}/quotes/{version}/approve
        POST /embed/{language}/orders/{number}/quotes/{version}/reject
        POST /embed/{language}/orders/{number}/quotes/{version}/counter
        POST /embed/{language}/orders/{number}/payments/{payment}/pay
    """,
    "asked again": "POST /desk/sign-in",
    "customers": """
        GET /account  POST /account  POST /account/link  POST /account/email
        POST /account/sign_out_elsewhere  POST /account/export
        GET /account/delete  POST /account/delete
        GET /account/tokens  POST /account/tokens
        GET /account/news
        GET /account/notifications  POST /account/notifications  POST /account/push  POST /account/push/end
    """,
    "holder of alice's token": "POST /account/tokens/{id}/revoke",
    "nobody's own": """
        POST /account/notifications/browsers/{id:int}/forget
    """,
    "no member's own": "POST /desk/settings/notifications/browsers/{id:int}/forget",
    "team": """
        GET /desk/{box}  GET /desk/rows  POST /desk/bulk  GET /desk/settings  POST /desk/settings
        GET /desk/settings/notifications  POST /desk/settings/notifications
        GET /desk/news  POST /desk/push  POST /desk/push/end
        POST /desk/settings/password  POST /desk/settings/sign_out_elsewhere
        GET /desk/settings/labels  POST /desk/settings/labels  POST /desk/settings/labels/{label}/update
        POST /desk/settings/labels/{label}/archive  POST /desk/settings/labels/{label}/restore
        GET /desk/settings/replies  POST /desk/settings/replies  POST /desk/settings/replies/{id:int}/update
        POST /desk/settings/replies/{id:int}/archive  POST /desk/settings/replies/{id:int}/restore
        GET /desk/settings/shortcuts  POST /desk/settings/shortcuts
        GET /desk/orders/{number}/replies
        GET /desk/settings/two-factor  POST /desk/settings/two-factor/begin
        POST /desk/settings/two-factor/confirm  POST /desk/settings/two-factor/codes
        POST /desk/settings/two-factor/off
        GET /desk/settings/tokens  POST /desk/settings/tokens
        POST /desk/settings/tokens/{id}/revoke
        GET /desk/orders/new  POST /desk/orders/new
        GET /desk/orders/{number}  GET /desk/orders/{number}/entries
        GET /desk/orders/{number}/copy  GET /desk/orders/{number}/copy.pdf
        GET /desk/orders/{number}/payments/{payment}/receipt
        POST /desk/orders/{number}/open_chat  POST /desk/orders/{number}/process
        POST /desk/orders/{number}/confirm  POST /desk/orders/{number}/reject
        POST /desk/orders/{number}/cancel
        POST /desk/orders/{number}/reopen  POST /desk/orders/{number}/done  POST /desk/orders/{number}/assign
        POST /desk/orders/{number}/snooze  POST /desk/orders/{number}/wake  POST /desk/orders/{number}/unread
        POST /desk/orders/{number}/set_payment_method  POST /desk/orders/{number}/messages
        POST /desk/orders/{number}/messages/{seq}/correct  POST /desk/orders/{number}/messages/{seq}/withdraw
        POST /desk/orders/{number}/notes  POST /desk/orders/{number}/read
        POST /desk/orders/{number}/uploads  POST /desk/orders/{number}/uploads/{id:int}/delete
        GET /desk/orders/{number}/files/{id:int}  GET /desk/orders/{number}/files/{id:int}/preview
        POST /desk/orders/{number}/quotes  POST /desk/orders/{number}/quotes/{version}/approve
        POST /desk/orders/{number}/quotes/{version}/reject  POST /desk/orders/{number}/quotes/{version}/cancel
        POST /desk/orders/{number}/labels/add  POST /desk/orders/{number}/labels/remove
        POST /desk/orders/{number}/payments/request  POST /desk/orders/{number}/payments/record
        POST /desk/orders/{number}/payments/{payment}/withdraw
        GET /desk/subscriptions  GET /desk/subscriptions/{id}  POST /desk/subscriptions/{id}/cancel
        POST /desk/subscriptions/{id}/change_plan
        GET /desk/customers  GET /desk/customers/{id:int}
        GET /desk/settings/quotes  POST /desk/settings/quotes  GET /desk/settings/quotes/new
        GET /desk/settings/quotes/{id}  POST /desk/settings/quotes/{id}
        POST /desk/settings/quotes/{id}/archive  POST /desk/settings/quotes/{id}/restore
        GET /desk/plans  POST /desk/plans  POST /desk/plans/{id}/retire
        GET /desk/catalogue  POST /desk/catalogue  GET /desk/catalogue/new  POST /desk/catalogue/move
        POST /desk/catalogue/rename  GET /desk/catalogue/{id:int}  POST /desk/catalogue/{id:int}
        GET /desk/catalogue/{id:int}/preview  POST /desk/catalogue/{id:int}/archive
        POST /desk/catalogue/{id:int}/restore
    """,
    "owner": """
        POST /desk/first-steps
        GET /desk/settings/shop  POST /desk/settings/shop  POST /desk/settings/shop/color
        POST /desk/settings/quotes/reminder
        POST /desk/settings/shop/logo  POST /desk/settings/shop/logo/remove
        GET /desk/settings/shop/texts/{kind}  POST /desk/settings/shop/texts/{kind}
        GET /desk/settings/money  POST /desk/settings/money  GET /desk/settings/embed
        POST /desk/settings/embed
        GET /desk/settings/audit
        GET /desk/settings/team  POST /desk/settings/team  POST /desk/settings/team/{id:int}/role
        POST /desk/settings/team/{id:int}/reset_two_factor
        POST /desk/settings/team/{id:int}/sign_out  POST /desk/settings/team/{id:int}/remove
        POST /desk/settings/team/invitations/{id:int}/send
        POST /desk/settings/team/invitations/{id:int}/withdraw
        POST /desk/customers/{id:int}/export  POST /desk/customers/{id:int}/delete
        GET /desk/mail  GET /desk/mail/{id:int}  GET /desk/mail/{id:int}/html
        GET /desk/analytics  GET /desk/analytics.csv  POST /desk/orders/{number}/payments/{payment}/refund
        GET /desk/settings/webhooks  POST /desk/settings/webhooks
        GET /desk/settings/webhooks/{id:int}  GET /desk/settings/webhooks/{id:int}/log
        POST /desk/settings/webhooks/{id:int}/update  POST /desk/settings/webhooks/{id:int}/switch
        POST /desk/settings/webhooks/{id:int}/rotate  POST /desk/settings/webhooks/{id:int}/test
        POST /desk/settings/webhooks/{id:int}/delete
        POST /desk/settings/webhooks/{id:int}/deliveries/{delivery:int}/resend
    """,
    "read": "GET /api/v1/catalogue  GET /api/v1/orders  GET /api/v1/subscriptions",
    "read the order": """
        GET /api/v1/orders/{number}  GET /api/v1/orders/{number}/timeline  GET /api/v1/subscriptions/{id}
        GET /api/v1/orders/{number}/files/{id}  GET /api/v1/orders/{number}/files/{id}/preview
    """,
    "read, team": "GET /api/v1/team  GET /api/v1/quote_templates  GET /api/v1/replies",
    "read, owner": """
        GET /api/v1/analytics  GET /api/v1/webhooks  GET /api/v1/webhooks/{id}/deliveries
    """,
    "place": "POST /api/v1/orders",
    "do, in the order": """
        POST /api/v1/orders/{number}/cancel  POST /api/v1/orders/{number}/messages
        POST /api/v1/orders/{number}/messages/{seq}/correct
        POST /api/v1/orders/{number}/messages/{seq}/withdraw
        POST /api/v1/orders/{number}/quotes/{version}/approve
        POST /api/v1/orders/{number}/quotes/{version}/reject
        POST /api/v1/orders/{number}/read  POST /api/v1/subscriptions/{id}/cancel
        POST /api/v1/orders/{number}/uploads  POST /api/v1/orders/{number}/uploads/{id}/delete
    """,
    "do, team in the order": """
        POST /api/v1/orders/{number}/open_chat  POST /api/v1/orders/{number}/process
        POST /api/v1/orders/{number}/confirm  POST /api/v1/orders/{number}/reject
        POST /api/v1/orders/{number}/reopen  POST /api/v1/orders/{number}/done
        POST /api/v1/orders/{number}/snooze  POST /api/v1/orders/{number}/wake
        POST /api/v1/orders/{number}/unread
        POST /api/v1/orders/{number}/set_payment_method  POST /api/v1/orders/{number}/assign
        POST /api/v1/orders/{number}/notes  POST /api/v1/orders/{number}/quotes
        POST /api/v1/orders/{number}/quotes/{version}/cancel
        POST /api/v1/orders/{number}/labels/add  POST /api/v1/orders/{number}/labels/remove
        POST /api/v1/orders/{number}/payments/request  POST /api/v1/orders/{number}/payments/record
        POST /api/v1/orders/{number}/payments/{payment}/withdraw
    """,
    "do, owner in the order": "POST /api/v1/orders/{number}/payments/{payment}/refund",
    "do, customer's order": """
        POST /api/v1/orders/{number}/payments/{payment}/pay
        POST /api/v1/orders/{number}/quotes/{version}/counter
    """,
    "do, team": """
        POST /api/v1/pictures  POST /api/v1/products  POST /api/v1/products/{id}/update
        POST /api/v1/products/{id}/archive  POST /api/v1/products/{id}/restore
        POST /api/v1/products/move  POST /api/v1/categories/rename
        POST /api/v1/plans  POST /api/v1/plans/{id}/retire
        POST /api/v1/quote_templates  POST /api/v1/quote_templates/{id}/update
        POST /api/v1/quote_templates/{id}/archive  POST /api/v1/quote_templates/{id}/restore
        POST /api/v1/labels  POST /api/v1/labels/{label}/update  POST /api/v1/labels/{label}/archive
        POST /api/v1/labels/{label}/restore
        POST /api/v1/replies  POST /api/v1/replies/{id}/update  POST /api/v1/replies/{id}/archive
        POST /api/v1/replies/{id}/restore
        POST /api/v1/subscriptions/{id}/change_plan
    """,
    "do, owner": """
        POST /api/v1/webhooks  POST /api/v1/webhooks/{id}/update  POST /api/v1/webhooks/{id}/delete
        POST /api/v1/webhooks/{id}/rotate  POST /api/v1/webhooks/{id}/test
        POST /api/v1/webhooks/{id}/deliveries/{delivery}/resend
    """,
    "do, customer": "POST /api/v1/demo/card",
    "no such path": "GET /api/v1",
}  # fmt: skip


def placed() -> list[tuple[str, str]]:
    """("GET /desk", its rule) of every place in the table."""
    found = []
    for rule, text in PLACES.items():
        words = text.split()
        pairs = zip(words[::2], words[1::2], strict=True)
        found += [(f"{method} {path}", rule) for method, path in pairs]
    return found


def doors(routes: Sequence[BaseRoute], base: str = "") -> Iterator[str]:
    """All that these routes answer over HTTP, like "GET /desk"; a mount without routes is a GET."""
    for route in routes:
        if isinstance(route, Mount) and route.routes:
            yield from doors(route.routes, base + route.path)
        elif isinstance(route, Mount):
            yield f"GET {base + route.path}"
        elif isinstance(route, Route):
            methods = {*(route.methods or ()), *getattr(route.app, "handlers", ())}
            yield from (f"{method} {base + route.path}" for method in methods if method != "HEAD")


def expected(rule: str) -> dict[str, str]:
    return dict(zip(COLUMNS, RULES[rule].split(), strict=True))
