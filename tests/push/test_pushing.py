"""Who is woken, of what, once, and who is not."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.team.members import remove
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.push.browser import CURVE, open_sealed, raw, signed_by
from tests.push.conftest import Asked, chooses, chooses_all, later
from tests.rules.house import House, member_id
from tests.webhooks.receiver import Receiver


def test_the_stand_in_opens_what_the_rfc_has_sealed() -> None:
    """RFC 8291, appendix A: so what it opens of ours, every browser opens."""
    body = raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    number = int.from_bytes(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big")
    private = ec.derive_private_key(number, CURVE)
    plain = open_sealed(body, private, raw("BTBZMqHH6r4Tts7J_aSIgg"))
    assert plain == b"When I grow up, I want to be a watermelon"


async def test_a_customers_message_wakes_the_team(house: House, asked: Asked) -> None:
    bob, olga = await asked(BOB), await asked(OLGA)
    number = await house.place(ALICE)
    sent = await house.do(ALICE, "messages.send", number, text="Does it come in oak?")
    await later(house)
    for browser in (bob, olga):
        (told,) = browser.told
        assert told["title"] == f"Alice Ahrens · #{number}" and told["body"] == "Does it come in oak?"
        assert told["url"] == f"http://127.0.0.1:8000/desk/orders/{number}#e-{number}-{sent.seq}"
        assert (told["side"], told["order"], told["total"]) == ("team", number, 1)


async def test_the_sender_proves_who_it_is(house: House, asked: Asked, door: object) -> None:
    from app.push.vapid import public_key
    from app.shop import facts

    bob = await asked(BOB)
    await house.place(ALICE)
    await later(house)
    (one,) = bob.tries
    async with house.db.read() as session:
        public = public_key((await facts(session))["vapid"])
    claims = signed_by(one, public)
    assert claims["aud"] == f"http://127.0.0.1:{bob.service.port}" and claims["sub"].startswith("https://")
    assert one.headers["content-encoding"] == "aes128gcm" and one.headers["ttl"] == "86400"
    assert one.headers["topic"].startswith("order-") and len(one.headers["topic"]) <= 32


async def test_ten_seconds_must_pass(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    await house.place(ALICE)
    await later(house, timedelta(seconds=9))
    assert bob.told == []
    await later(house, timedelta(seconds=11))
    assert len(bob.told) == 1


async def test_who_has_read_is_not_woken(house: House, asked: Asked) -> None:
    bob, olga = await asked(BOB), await asked(OLGA)
    number = await house.place(ALICE)
    sent = await house.do(ALICE, "messages.send", number, text="Hello?")
    await house.do(BOB, "read", number, seq=sent.seq)
    await later(house)
    assert (bob.told, len(olga.told)) == ([], 1)


async def test_who_reads_while_it_waits_for_the_service_is_not_woken(
    house: House, asked: Asked, service: Receiver
) -> None:
    service.answers = lambda _: 503
    bob = await asked(BOB)
    number = await house.place(ALICE)
    await later(house, timedelta(seconds=15))
    service.answers = lambda _: 201
    await house.do(BOB, "read", number, seq=99)
    await later(house, timedelta(minutes=9))
    assert len(bob.tries) == 1


async def test_nobody_is_told_of_their_own_act(house: House, asked: Asked) -> None:
    alice, bob, olga = await asked(ALICE), await asked(BOB), await asked(OLGA)
    number = await house.place(BOB, customer={"email": ALICE.email, "name": "Alice"})
    await house.do(BOB, "quotes.send", number, amount=5000)
    await house.do(BOB, "quotes.approve", number, version=1, on_behalf=True)
    await later(house)
    assert bob.told == [] and olga.titles == [f"Quote approved · #{number}"]
    await house.do(ALICE, "messages.send", number, text="Mine.")
    await later(house, timedelta(minutes=2))
    assert all(one["body"] != "Mine." for one in alice.told)


async def test_nobody_is_told_twice(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    number = await house.place(ALICE)
    for minutes in (1, 1, 2, 60, 600):
        await later(house, timedelta(minutes=minutes))
    assert bob.titles == [f"New order · #{number}"]
    await house.do(ALICE, "messages.send", number, text="One more thing.")
    await later(house)
    await later(house)
    assert [one["body"] for one in bob.told][1:] == ["One more thing."]


async def test_many_messages_in_a_row_wake_once_with_the_newest(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    number = await house.place(ALICE)
    for n in range(7):
        await house.do(ALICE, "messages.send", number, text=f"Thought {n}.")
    await later(house)
    assert [one["body"] for one in bob.told] == ["Thought 6."]


async def test_every_browser_of_one_person_is_woken(house: House, asked: Asked) -> None:
    desk, phone = await asked(BOB, "desk"), await asked(BOB, "phone")
    await house.place(ALICE)
    await later(house)
    assert len(desk.told) == len(phone.told) == 1


async def test_carol_is_told_nothing_of_alices_order(house: House, asked: Asked) -> None:
    alice, carol = await asked(ALICE), await asked(CAROL)
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Dear Alice")
    await house.do(BOB, "quotes.send", number, amount=5000)
    await later(house)
    assert carol.tries == [] and alice.titles == [f"Your quote · #{number}"]


@pytest.mark.parametrize("told", [True, False])
async def test_notes_labels_and_assignments_wake_nobody(house: House, asked: Asked, told: bool) -> None:
    browsers = [await asked(who) for who in (ALICE, OLGA)]
    number = await house.place(BOB, customer={"email": ALICE.email, "name": "Alice"})
    await house.do(OLGA, "read", number, seq=1)
    await house.do(BOB, "notes.add", number, text="She never pays.")
    await house.do(BOB, "labels.add", number, label="rush")
    await house.do(BOB, "orders.assign", number, member=BOB.email)
    if told:
        await house.do(BOB, "messages.send", number, text="Good morning")
    await later(house)
    assert [len(one.tries) for one in browsers] == [int(told), 0]
    assert "pays" not in str(browsers[0].told)


async def test_what_was_withdrawn_is_not_told_and_what_was_corrected_in_new_words(
    house: House, asked: Asked
) -> None:
    alice = await asked(ALICE)
    number = await house.place(ALICE)
    await house.do(BOB, "messages.send", number, text="Oak or ahs?")
    second = await house.do(BOB, "messages.send", number, text="Nobody else's business.")
    await house.do(BOB, "messages.withdraw", number, seq=second.seq)
    first = second.seq - 1 if second.seq else 0
    await house.do(BOB, "messages.correct", number, seq=first, text="Oak or ash?")
    await later(house)
    assert [one["body"] for one in alice.told] == ["Oak or ash?"]


async def test_of_an_assigned_order_the_assignee_alone_is_woken(house: House, asked: Asked) -> None:
    bob, olga = await asked(BOB), await asked(OLGA)
    number = await house.place(ALICE)
    await house.do(OLGA, "orders.assign", number, member=BOB.email)
    for who in (BOB, OLGA):
        await house.do(who, "read", number, seq=9)
    await house.do(ALICE, "messages.send", number, text="Dear Bob")
    await later(house)
    assert ([one["body"] for one in bob.told], olga.told) == (["Dear Bob"], [])
    await chooses(house, OLGA, message_others=["push"])
    await house.do(ALICE, "messages.send", number, text="Dear Olga")
    await later(house)
    assert [one["body"] for one in olga.told] == ["Dear Olga"]


async def test_of_an_order_whose_assignee_was_removed_everybody_is_woken(house: House, asked: Asked) -> None:
    olga = await asked(OLGA)
    number = await house.place(ALICE)
    await house.do(OLGA, "orders.assign", number, member=BOB.email)
    await house.do(ALICE, "orders.cancel", number)
    async with house.db.transaction() as tx:
        await remove(tx, house.actor(OLGA), await member_id(house, BOB))
    await house.do(OLGA, "read", number, seq=99)
    await house.do(ALICE, "messages.send", number, text="May I have it after all?")
    await later(house)
    assert [one["body"] for one in olga.told] == ["May I have it after all?"]


async def test_a_removed_member_is_woken_no_more(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    await house.place(ALICE)
    async with house.db.transaction() as tx:
        await remove(tx, house.actor(OLGA), await member_id(house, BOB))
    await later(house)
    assert bob.tries == []


async def test_a_browser_that_was_signed_out_is_woken_no_more(house: House, asked: Asked) -> None:
    from sqlalchemy import update

    from app.team.model import Session

    bob, olga = await asked(BOB), await asked(OLGA)
    await house.place(ALICE)
    async with house.db.transaction() as tx:
        mine = update(Session).where(Session.member_id == await member_id(house, BOB))
        await tx.session.execute(mine.values(revoked_at=tx.now))
    await later(house)
    assert (bob.tries, len(olga.tries)) == ([], 1)


async def test_what_was_before_they_asked_is_not_told(house: House, asked: Asked) -> None:
    with house.at(minutes=5):
        await house.place(ALICE)
    bob = await asked(BOB)
    await later(house)
    assert bob.tries == []


async def test_the_text_stays_away_from_the_lock_screen_of_who_wants_that(house: House, asked: Asked) -> None:
    bob = await asked(BOB)
    await chooses_all(house, BOB, shows_text=False)
    number = await house.place(ALICE)
    await house.do(ALICE, "messages.send", number, text="My door code is 1234.")
    await later(house)
    assert [one["body"] for one in bob.told] == ["New message"]
