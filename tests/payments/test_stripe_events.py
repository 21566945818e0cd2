"""Stripe's webhooks: which ones we believe, and what they are about."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from app.payments.gateway import BadSignature, Event
from app.payments.stripe import StripeGateway
from tests.payments.conftest import HOOK_SECRET
from tests.payments.localstripe import KEY, Localstripe, Receiver
from tests.payments.payer import DECLINED, GOOD, Payer
from tests.processes import eventually

NOW = datetime(2030, 4, 1, 12, tzinfo=UTC)
PAID = {"type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1", "object": "payment_intent"}}}


def body(**more: Any) -> bytes:
    """The event of a charge that succeeded a minute before NOW."""
    created = int(NOW.timestamp()) - 60
    return json.dumps({"id": "evt_1", "object": "event", "created": created, **PAID, **more}).encode()


def signed(content: bytes, at: datetime = NOW, secret: str = HOOK_SECRET) -> dict[str, str]:
    stamp = int(at.timestamp())
    header = stripe.WebhookSignature.generate_signature_header(content.decode(), secret, stamp)
    return {"stripe-signature": str(header)}


def test_a_signed_event_is_read(gateway: StripeGateway) -> None:
    expected = Event("evt_1", "charge", "pi_1", NOW - timedelta(minutes=1))
    assert gateway.read_event(body(), signed(body()), NOW) == expected


def test_the_name_of_the_header_is_read_however_it_is_written(gateway: StripeGateway) -> None:
    headers = {"Stripe-Signature": signed(body())["stripe-signature"]}
    assert gateway.read_event(body(), headers, NOW).id == "evt_1"


def test_one_of_several_signatures_is_enough_while_the_secret_changes(gateway: StripeGateway) -> None:
    ours = signed(body())["stripe-signature"]
    other = signed(body(), secret="whsec_before")["stripe-signature"].split(",")[1]
    assert gateway.read_event(body(), {"stripe-signature": f"{ours},{other}"}, NOW).id == "evt_1"


@pytest.mark.parametrize("seconds", [0, 299, -299])
def test_clocks_may_differ_by_five_minutes(gateway: StripeGateway, seconds: int) -> None:
    at = NOW - timedelta(seconds=seconds)
    assert gateway.read_event(body(), signed(body(), at), NOW).id == "evt_1"


@pytest.mark.parametrize("seconds", [301, 86_400, -301])
def test_a_stale_event_is_not_believed(gateway: StripeGateway, seconds: int) -> None:
    with pytest.raises(BadSignature, match="too long ago"):
        gateway.read_event(body(), signed(body(), NOW - timedelta(seconds=seconds)), NOW)


def test_an_event_that_was_tampered_with_is_not_believed(gateway: StripeGateway) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(body(id="evt_2"), signed(body()), NOW)


def test_an_event_signed_with_another_secret_is_not_believed(gateway: StripeGateway) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(body(), signed(body(), secret="whsec_other"), NOW)


def test_a_fresh_time_on_an_old_signature_is_not_believed(gateway: StripeGateway) -> None:
    old = signed(body(), NOW - timedelta(days=1))["stripe-signature"]
    for forged in (f"t={int(NOW.timestamp())},{old}", f"{old},t={int(NOW.timestamp())}"):
        with pytest.raises(BadSignature):
            gateway.read_event(body(), {"stripe-signature": forged}, NOW)


IMPROPER = ["", "t", "t=", "v1=", "t=1", "t=x,v1=0", "t=1,v1=ä", "t=1,v1=\udcff", "=,=", "t=" + "9" * 5000]


@pytest.mark.parametrize("header", IMPROPER)
def test_an_event_without_a_proper_signature_is_not_believed(gateway: StripeGateway, header: str) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(body(), {"stripe-signature": header}, NOW)
    with pytest.raises(BadSignature):
        gateway.read_event(body(), {}, NOW)


@pytest.mark.parametrize("secret", [None, "", "  "])
async def test_without_a_secret_nothing_is_believed(secret: str | None) -> None:
    gateway = StripeGateway(KEY, secret)
    with pytest.raises(BadSignature, match=r"STRIPE_WEBHOOK_SECRET|webhook secret"):
        gateway.read_event(body(), signed(body(), secret=secret or ""), NOW)
    await gateway.close()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b"1", b"not json", body(id=None, type=None)])
def test_what_is_no_event_is_not_believed_even_signed(gateway: StripeGateway, content: bytes) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(content, signed(content), NOW)


def test_what_is_no_text_is_not_believed(gateway: StripeGateway) -> None:
    with pytest.raises(BadSignature):
        gateway.read_event(b"\xff\xfe", signed(body()), NOW)


@pytest.mark.parametrize(
    ("name", "thing", "kind", "ref"),
    [
        ("payment_intent.succeeded", {"id": "pi_1"}, "charge", "pi_1"),
        ("payment_intent.payment_failed", {"id": "pi_1"}, "charge", "pi_1"),
        ("payment_intent.requires_action", {"id": "pi_1"}, "charge", "pi_1"),
        ("payment_intent.canceled", {"id": "pi_1"}, "charge", "pi_1"),
        ("checkout.session.completed", {"id": "cs_1"}, "setup", "cs_1"),
        ("checkout.session.expired", {"id": "cs_1"}, "setup", "cs_1"),
        ("refund.created", {"id": "re_1"}, "refund", "re_1"),
        ("refund.failed", {"id": "re_1"}, "refund", "re_1"),
        ("charge.refund.updated", {"id": "re_1"}, "refund", "re_1"),
        ("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"}, "charge", "pi_1"),
        ("charge.refunded", {"id": "ch_1", "payment_intent": None}, "other", "ch_1"),
        ("charge.succeeded", {"id": "ch_1", "payment_intent": "pi_1"}, "other", "ch_1"),
        ("customer.created", {"id": "cus_1"}, "other", "cus_1"),
        ("something.new", {}, "other", ""),
    ],
)
def test_an_event_says_what_to_ask_about(
    gateway: StripeGateway, name: str, thing: dict[str, Any], kind: str, ref: str
) -> None:
    content = body(type=name, data={"object": thing})
    event = gateway.read_event(content, signed(content), NOW)
    assert (event.kind, event.ref) == (kind, ref)


async def test_what_a_server_really_sends_is_read(
    payer: Payer, gateway: StripeGateway, localstripe: Localstripe
) -> None:
    async with Receiver() as receiver:
        await localstripe.hook(f"http://127.0.0.1:{receiver.port}/webhooks/stripe", HOOK_SECRET)
        setup = await gateway.setup(payer.wish())
        await localstripe.fill(setup.ref, GOOD)
        card = await gateway.saved_card(setup.ref)
        assert card is not None
        paid = await payer.pays(card)
        refund = await gateway.refund(paid.ref, 100, payer.key())
        declined = await payer.pays(await payer.card(DECLINED))
        wanted = {
            ("setup", setup.ref),
            ("charge", paid.ref),
            ("refund", refund.ref),
            ("charge", declined.ref),
        }

        def told() -> bool:
            events = [gateway.read_event(*sent, datetime.now(UTC)) for sent in receiver.received]
            return wanted <= {(event.kind, event.ref) for event in events}

        await eventually(told, "the news of all four")
