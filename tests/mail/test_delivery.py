"""Mail and its server: refused, gone, slow; workers that compete, and one that dies."""

import asyncio
from collections import Counter
from datetime import timedelta

from tests.cast import ALICE, BOB, OLGA
from tests.mail.conftest import OwnOffice
from tests.mail.post import PostOffice
from tests.mail.servers import SlowServer, slow_server
from tests.processes import eventually

RECEIVED = "We have received your order"


async def test_what_the_server_refuses_for_now_is_tried_with_growing_pauses(own_office: OwnOffice) -> None:
    office = await own_office()
    office.shop.mail.answers[ALICE.email] = "451 come back later"
    await office.place()
    refused = office.shop.mail.refused
    await eventually(lambda: refused, "the first attempt")
    attempts = []
    for minutes in (0.5, 1.5, 5, 8, 20, 25):
        await office.minutes_later(minutes)
        attempts.append(len(refused))
    assert attempts == [1, 2, 2, 3, 3, 4], "after 1, then 5, then 15 minutes"

    del office.shop.mail.answers[ALICE.email]
    await office.minutes_later(90)
    assert len(office.letters(ALICE.email, RECEIVED)) == 1


async def test_what_is_refused_for_days_on_end_is_given_up_and_shown(own_office: OwnOffice) -> None:
    office = await own_office()
    office.shop.mail.answers[ALICE.email] = "451 come back later"
    await office.place()
    await eventually(lambda: office.shop.mail.refused, "the first attempt")
    for days in range(2, 20, 2):
        await office.worker(timedelta(days=days))
    assert office.shop.mail.refused == [ALICE.email] * 8
    page = await (await office.signed_in(OLGA)).get("/desk/mail")
    assert "come back later" in page.text and "mail-status-failed" in page.text


async def test_mail_waits_for_a_server_that_is_gone(own_office: OwnOffice) -> None:
    office = await own_office()
    await office.shop.mail.stop()
    number = await office.place()
    await office.settled()
    assert not office.shop.mail.messages
    await office.shop.mail.start()
    await office.minutes_later(10)
    for person in (ALICE, BOB, OLGA):
        assert len(office.letters(person.email, f"order {number}")) == 1


async def test_what_the_server_refuses_for_good_is_given_up_and_shown_to_the_owner_alone(
    own_office: OwnOffice,
) -> None:
    office = await own_office()
    office.shop.mail.answers[ALICE.email] = "550 no such mailbox here"
    number = await office.place()
    await eventually(lambda: office.shop.mail.refused, "the refusal")
    await office.worker(timedelta(days=3))
    assert office.shop.mail.refused == [ALICE.email]
    assert office.letters(OLGA.email, f"New order {number}"), "others get theirs"

    page = await (await office.signed_in(OLGA)).get("/desk/mail")
    assert "550 no such mailbox here" in page.text
    assert page.text.index("mail-status-failed") < page.text.index("mail-status-sent")
    assert (await (await office.signed_in(BOB)).get("/desk/mail")).status_code == 403
    assert (await office.browser().get("/desk/mail")).url.path == "/desk/sign-in"


async def stopped(office: PostOffice) -> None:
    """No worker runs any more, neither inside the web process nor beside it."""
    for process in (*office.shop.web, office.shop.worker):
        if process is not None:
            await process.kill()


async def waiting_mail(office: PostOffice, server: SlowServer) -> list[str]:
    """The numbers of orders whose mail waits for a worker, since the server was away."""
    await server.stop()
    numbers = [await office.place() for _ in range(5)]
    await office.settled()
    await stopped(office)
    await server.start()
    return numbers


async def test_workers_at_once_send_each_mail_once(own_office: OwnOffice) -> None:
    async with slow_server() as server:
        office = await own_office(SMTP_URL=server.url)
        await waiting_mail(office, server)
        await asyncio.gather(*(office.minutes_later(2) for _ in range(4)))
        sent = Counter((mail["X-RcptTo"], mail["Message-ID"]) for mail in server.messages)
    assert sum(address == ALICE.email for address, _ in sent) == 5
    assert len(sent) >= 5 * 3 and set(sent.values()) == {1}


async def test_the_mail_of_a_worker_that_died_goes_out_when_its_lease_is_over(own_office: OwnOffice) -> None:
    async with slow_server() as server:
        office = await own_office(SMTP_URL=server.url)
        server.holding = True
        await office.place()
        await eventually(lambda: server.held, "a mail in the middle of being sent")
        await stopped(office)
        (victim,) = server.held
        server.holding = False

        await office.minutes_later(1)
        assert not [mail for mail in server.messages if mail["X-RcptTo"] == victim], "the lease still holds"
        for minutes in (3, 10, 100):
            await office.minutes_later(minutes)
        sent = Counter((mail["X-RcptTo"], mail["Message-ID"]) for mail in server.messages)
    assert victim in {address for address, _ in sent} and set(sent.values()) == {1}


async def test_a_clock_set_ahead_takes_no_mail_from_a_worker_that_lives(own_office: OwnOffice) -> None:
    async with slow_server() as server:
        office = await own_office(SMTP_URL=server.url)
        for _ in range(3):
            await office.place()
            await office.minutes_later(3)
        sent = Counter((mail["X-RcptTo"], mail["Message-ID"]) for mail in server.messages)
    assert set(sent.values()) == {1}
