"""Every URL on one page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from app import api_mount
from app.analytics import web as analytics
from app.attachments import web as attachments
from app.audit import web as audit
from app.baskets import web as baskets
from app.branding import web as branding
from app.catalogue import desk_web as desk_catalogue
from app.catalogue import pictures, plans, product_web
from app.catalogue import web as catalogue
from app.copies import web as copies
from app.customers import account_web as accounts
from app.customers import desk_web as buyers
from app.customers import web as customers
from app.demo_bank import web as bank
from app.embed import settings_web as embed_settings
from app.embed import web as embed
from app.founding import web as founding
from app.labels.web import labels
from app.legal import settings_web as legal_settings
from app.legal import web as legal
from app.mail import web as mail
from app.notifications import news
from app.notifications import web as notifications
from app.operations import exposition, health
from app.orders import bulk_web as bulk
from app.orders import new_web as new_orders
from app.orders import web as orders
from app.payments import settings_web as money_settings
from app.payments import web as payments
from app.payments import webhooks
from app.push import web as push
from app.quotes import template_web as quote_templates
from app.replies.web import offered, replies
from app.shop_settings import web as shop_settings
from app.subscriptions import web as subscriptions
from app.team import join_web as joining
from app.team import team_web as members
from app.team import tokens_web as tokens
from app.team import two_factor_web as two_factor
from app.team import web as team
from app.verbs import VERBS
from app.webhooks import web as own_webhooks

STATIC = Path(__file__).parent.parent / "static"


def routes(live: Callable[..., Any]) -> list[BaseRoute]:
    # fmt: off
    return [
        Route("/", catalogue.home),
        Route("/products/{id}", catalogue.product),
        Route("/pictures/{id}/{size}", pictures.picture),
        Route("/basket", baskets.add, methods=["POST"]),
        Route("/basket", baskets.page),
        Route("/basket/order", baskets.order, methods=["POST"]),
        Route("/basket/restore", baskets.restore, methods=["POST"]),
        Route("/basket/{key}/quantity", baskets.set_quantity, methods=["POST"]),
        Route("/basket/{key}/remove", baskets.remove, methods=["POST"]),
        Route("/orders", catalogue.place, methods=["POST"]),
        Route("/orders", orders.shop_orders),
        Route("/orders/rows", orders.shop_rows),
        Route("/orders/{number}", orders.shop_order),
        Route("/orders/{number}/entries", orders.entries),
        Route("/orders/{number}/copy", copies.html),
        Route("/orders/{number}/copy.pdf", copies.pdf),
        Route("/orders/{number}/cards", payments.add_card, methods=["POST"]),
        Route("/orders/{number}/cards/{secret}", payments.card_added),
        Route("/orders/{number}/payments/{payment}/pay", payments.pay, methods=["POST"]),
        Route("/orders/{number}/payments/{payment}/card", payments.change_card, methods=["POST"]),
        Route("/orders/{number}/payments/{payment}/approve", payments.approve),
        Route("/orders/{number}/payments/{payment}/return", payments.approved),
        Route("/orders/{number}/payments/{payment}/receipt", payments.receipt),
        *attachments.routes("/orders/{number}"),
        *verbs("/orders/{number}", "customer"),
        Route("/subscriptions/{id}", subscriptions.show),
        Route("/subscriptions/{id}/cancel", subscriptions.do("subscriptions.cancel"), methods=["POST"]),

        Route("/sign-in", customers.ask_for_link, methods=["POST"]),
        Route("/sign-in", customers.sign_in),
        Route("/sign-in/{token}", customers.use, methods=["POST"]),
        Route("/sign-in/{token}", customers.link),
        Route("/o/{token}", customers.order_link),
        Route("/sign-out", customers.sign_out, methods=["POST"]),
        Route("/account", accounts.save, methods=["POST"]),
        Route("/account", accounts.page),
        Route("/account/link", accounts.mail_link, methods=["POST"]),
        Route("/account/email", accounts.change_address, methods=["POST"]),
        Route("/account/email/{token}", accounts.use_address, methods=["POST"]),
        Route("/account/email/{token}", accounts.new_address),
        Route("/account/sign_out_elsewhere", accounts.sign_out_elsewhere, methods=["POST"]),
        Route("/account/export", accounts.export, methods=["POST"]),
        Route("/account/delete", accounts.delete, methods=["POST"]),
        Route("/account/delete", accounts.before_deletion),
        Route("/account/deleted", accounts.deleted),
        Route("/account/notifications", notifications.save, methods=["POST"]),
        Route("/account/notifications", notifications.page),
        Route("/account/notifications/browsers/{id:int}/forget", push.forget_browser, methods=["POST"]),
        Route("/account/news", news.news),
        Route("/account/push", push.start, methods=["POST"]),
        Route("/account/push/end", push.end, methods=["POST"]),
        Route("/push-key", push.key),
        Route("/push-worker.js", push.worker),
        Route("/desk.webmanifest", push.desk_manifest),
        Route("/shop.webmanifest", push.shop_manifest),
        Route("/account/tokens", tokens.create_token, methods=["POST"]),
        Route("/account/tokens", tokens.tokens),
        Route("/account/tokens/{id}/revoke", tokens.revoke_token, methods=["POST"]),
        Route("/language", customers.choose_language, methods=["POST"]),
        *bank.routes(),
        *embed.routes([*attachments.routes("/orders/{number}"), *verbs("/orders/{number}", "customer")]),

        Route("/terms", legal.page("terms")),
        Route("/terms/{id:int}", legal.page("terms")),
        Route("/privacy", legal.page("privacy")),
        Route("/privacy/{id:int}", legal.page("privacy")),
        Route("/imprint", legal.page("imprint")),
        Route("/imprint/{id:int}", legal.page("imprint")),
        Route("/setup", founding.save, methods=["POST"]),
        Route("/setup", founding.page),
        Route("/join/{token}", joining.join, methods=["POST"]),
        Route("/join/{token}", joining.invitation),
        Route("/desk", orders.desk_home),
        Route("/desk/sign-in", team.check_in, methods=["POST"]),
        Route("/desk/sign-in", team.sign_in),
        Route("/desk/sign-in/code", two_factor.check, methods=["POST"]),
        Route("/desk/sign-in/code", two_factor.ask),
        Route("/desk/sign-out", team.sign_out, methods=["POST"]),
        Route("/desk/settings", team.save_settings, methods=["POST"]),
        Route("/desk/settings", team.settings),
        Route("/desk/settings/password", team.save_password, methods=["POST"]),
        Route("/desk/settings/sign_out_elsewhere", team.sign_out_elsewhere, methods=["POST"]),
        Route("/desk/settings/two-factor", two_factor.settings),
        Route("/desk/settings/two-factor/begin", two_factor.begin, methods=["POST"]),
        Route("/desk/settings/two-factor/confirm", two_factor.confirm, methods=["POST"]),
        Route("/desk/settings/two-factor/codes", two_factor.new_codes, methods=["POST"]),
        Route("/desk/settings/two-factor/off", two_factor.switch_off, methods=["POST"]),
        Route("/desk/settings/audit", audit.page),
        Route("/desk/settings/team", members.invite, methods=["POST"]),
        Route("/desk/settings/team", members.page),
        Route("/desk/settings/team/{id:int}/role", members.change_role, methods=["POST"]),
        Route("/desk/settings/team/{id:int}/remove", members.remove, methods=["POST"]),
        Route("/desk/settings/team/{id:int}/reset_two_factor", members.reset_two_factor, methods=["POST"]),
        Route("/desk/settings/team/{id:int}/sign_out", members.sign_out, methods=["POST"]),
        Route("/desk/settings/team/invitations/{id:int}/send", members.send_again, methods=["POST"]),
        Route("/desk/settings/team/invitations/{id:int}/withdraw", members.withdraw, methods=["POST"]),
        Route("/desk/first-steps", founding.tick_off, methods=["POST"]),
        Route("/desk/settings/shop", shop_settings.settings),
        Route("/desk/settings/shop", shop_settings.save_shop, methods=["POST"]),
        Route("/desk/settings/shop/logo", shop_settings.save_logo, methods=["POST"]),
        Route("/desk/settings/shop/logo/remove", shop_settings.remove_logo, methods=["POST"]),
        Route("/desk/settings/shop/color", shop_settings.save_color, methods=["POST"]),
        Route("/desk/settings/shop/texts/{kind}", legal_settings.save, methods=["POST"]),
        Route("/desk/settings/shop/texts/{kind}", legal_settings.page),
        Route("/desk/settings/money", money_settings.settings),
        Route("/desk/settings/money", money_settings.save_settings, methods=["POST"]),
        Route("/desk/settings/webhooks", own_webhooks.create, methods=["POST"]),
        Route("/desk/settings/webhooks", own_webhooks.page),
        Route("/desk/settings/webhooks/{id:int}", own_webhooks.show),
        Route("/desk/settings/webhooks/{id:int}/log", own_webhooks.log),
        Route("/desk/settings/webhooks/{id:int}/update", own_webhooks.update, methods=["POST"]),
        Route("/desk/settings/webhooks/{id:int}/switch", own_webhooks.switch, methods=["POST"]),
        Route("/desk/settings/webhooks/{id:int}/rotate", own_webhooks.rotate, methods=["POST"]),
        Route("/desk/settings/webhooks/{id:int}/test", own_webhooks.test, methods=["POST"]),
        Route("/desk/settings/webhooks/{id:int}/delete", own_webhooks.delete, methods=["POST"]),
        Route(
            "/desk/settings/webhooks/{id:int}/deliveries/{delivery:int}/resend",
            own_webhooks.resend,
            methods=["POST"],
        ),
        Route("/desk/settings/notifications", notifications.save, methods=["POST"]),
        Route("/desk/settings/notifications", notifications.page),
        Route("/desk/settings/notifications/browsers/{id:int}/forget", push.forget_browser, methods=["POST"]),
        Route("/desk/news", news.news),
        Route("/desk/push", push.start, methods=["POST"]),
        Route("/desk/push/end", push.end, methods=["POST"]),
        Route("/desk/settings/quotes", quote_templates.save, methods=["POST"]),
        Route("/desk/settings/quotes", quote_templates.page),
        Route("/desk/settings/quotes/reminder", quote_templates.save_reminder, methods=["POST"]),
        Route("/desk/settings/quotes/new", quote_templates.new),
        Route("/desk/settings/quotes/{id}", quote_templates.save, methods=["POST"]),
        Route("/desk/settings/quotes/{id}", quote_templates.edit),
        Route("/desk/settings/quotes/{id}/archive", quote_templates.archive, methods=["POST"]),
        Route("/desk/settings/quotes/{id}/restore", quote_templates.restore, methods=["POST"]),
        Route("/desk/settings/labels", labels.create, methods=["POST"]),
        Route("/desk/settings/labels", labels.page),
        Route("/desk/settings/labels/{label}/update", labels.update, methods=["POST"]),
        Route("/desk/settings/labels/{label}/archive", labels.archive, methods=["POST"]),
        Route("/desk/settings/labels/{label}/restore", labels.restore, methods=["POST"]),
        Route("/desk/settings/replies", replies.create, methods=["POST"]),
        Route("/desk/settings/replies", replies.page),
        Route("/desk/settings/replies/{id:int}/update", replies.update, methods=["POST"]),
        Route("/desk/settings/replies/{id:int}/archive", replies.archive, methods=["POST"]),
        Route("/desk/settings/replies/{id:int}/restore", replies.restore, methods=["POST"]),
        Route("/desk/settings/shortcuts", team.save_shortcuts, methods=["POST"]),
        Route("/desk/settings/shortcuts", team.shortcuts),
        Route("/desk/settings/embed", embed_settings.settings),
        Route("/desk/settings/embed", embed_settings.save_settings, methods=["POST"]),
        Route("/desk/settings/tokens", tokens.create_token, methods=["POST"]),
        Route("/desk/settings/tokens", tokens.tokens),
        Route("/desk/settings/tokens/{id}/revoke", tokens.revoke_token, methods=["POST"]),
        Route("/desk/mail", mail.mails),
        Route("/desk/mail/{id:int}", mail.mail),
        Route("/desk/mail/{id:int}/html", mail.mail_html),
        Route("/desk/analytics", analytics.page),
        Route("/desk/analytics.csv", analytics.download),
        Route("/desk/rows", orders.desk_rows),
        Route("/desk/bulk", bulk.bulk, methods=["POST"]),
        Route("/desk/orders/new", new_orders.place, methods=["POST"]),
        Route("/desk/orders/new", new_orders.new),
        Route("/desk/orders/{number}", orders.desk_order),
        Route("/desk/orders/{number}/entries", orders.entries),
        Route("/desk/orders/{number}/replies", offered),
        Route("/desk/orders/{number}/copy", copies.html),
        Route("/desk/orders/{number}/copy.pdf", copies.pdf),
        Route("/desk/orders/{number}/payments/{payment}/receipt", payments.receipt),
        *attachments.routes("/desk/orders/{number}"),
        *verbs("/desk/orders/{number}", "team"),
        Route("/desk/subscriptions", subscriptions.desk_list),
        Route("/desk/subscriptions/{id}", subscriptions.show),
        Route("/desk/subscriptions/{id}/cancel", subscriptions.do("subscriptions.cancel"), methods=["POST"]),
        Route(
            "/desk/subscriptions/{id}/change_plan",
            subscriptions.do("subscriptions.change_plan"),
            methods=["POST"],
        ),
        Route("/desk/catalogue", product_web.create, methods=["POST"]),
        Route("/desk/catalogue", desk_catalogue.page),
        Route("/desk/catalogue/new", product_web.new),
        Route("/desk/catalogue/move", desk_catalogue.move, methods=["POST"]),
        Route("/desk/catalogue/rename", desk_catalogue.rename, methods=["POST"]),
        Route("/desk/catalogue/{id:int}", product_web.change, methods=["POST"]),
        Route("/desk/catalogue/{id:int}", product_web.edit),
        Route("/desk/catalogue/{id:int}/preview", desk_catalogue.preview),
        Route("/desk/catalogue/{id:int}/archive", desk_catalogue.archive, methods=["POST"]),
        Route("/desk/catalogue/{id:int}/restore", desk_catalogue.restore, methods=["POST"]),
        Route("/desk/customers", buyers.customers),
        Route("/desk/customers/{id:int}", buyers.customer),
        Route("/desk/customers/{id:int}/export", buyers.export, methods=["POST"]),
        Route("/desk/customers/{id:int}/delete", buyers.delete, methods=["POST"]),
        Route("/desk/plans", plans.plans),
        Route("/desk/plans", plans.create_plan, methods=["POST"]),
        Route("/desk/plans/{id}/retire", plans.retire_plan, methods=["POST"]),
        Route("/desk/{box}", orders.desk_box),

        api_mount.mount(),
        WebSocketRoute("/live", live),
        Route("/webhooks/{gateway}", webhooks.webhook, methods=["POST"]),
        Route("/brand/logo/{name}", branding.logo),
        Route("/brand/{version}/{color}.css", branding.style),
        Mount("/static/{version}", StaticFiles(directory=STATIC)),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", exposition.metrics),
    ]
    # fmt: on


def verbs(base: str, side: str) -> list[BaseRoute]:
    """The form door of every verb on an order that this side may use."""
    mine = [verb for verb in VERBS.values() if verb.on_order and side in verb.who]
    return [
        Route(base + verb.path.removeprefix("/orders/{number}"), orders.do(verb), methods=["POST"])
        for verb in mine
    ]
