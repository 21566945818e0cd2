"""What a token is to its holder: named, scoped, counted as used, revoked; shown once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import event, select, update

from app.access import digest
from app.db import Database
from app.team.model import Member, Token
from app.team.sessions import new_token
from app.team.uses import Uses
from app.verbs import VERBS
from tests.cast import ALICE, BOB, CAROL, OLGA, Person
from tests.processes import eventually
from tests.rules.conftest import Door, Serve
from tests.rules.house import House, by_token
from tests.rules.lives import DATA, awaiting
from tests.rules.test_doors import is_problem, path_of
from tests.rules.windows import order_link, sign_in

READS = ("/catalogue", "/orders", "/orders/{number}", "/orders/{number}/timeline", "/subscriptions")
SIDES = [(ALICE, "/account/tokens"), (BOB, "/desk/settings/tokens"), (OLGA, "/desk/settings/tokens")]
SECRET = re.compile(r"\bol_[\w-]{40,}")
TOKENS = "/desk/settings/tokens"


async def token_of(house: House, who: Person, scope: str = "read", name: str = "") -> str:
    actor = house.actor(who)
    async with house.db.transaction() as tx:
        member, customer = actor.member_id, actor.customer_id
        return await new_token(tx, member_id=member, customer_id=customer, scope=scope, name=name)


def program(door: Door, secret: str) -> httpx2.AsyncClient:
    client = door()
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


async def stored(house: House, secret: str) -> Token:
    async with house.db.read() as session:
        return await session.get_one(Token, digest(secret))


# Read and write


@pytest.mark.parametrize("who", [ALICE, BOB, OLGA])
async def test_a_read_token_reads_and_does_nothing_else(house: House, door: Door, who: Person) -> None:
    number = await house.place(ALICE)
    await awaiting(house, number)
    before, client = await house.state(number), program(door, await token_of(house, who))
    for path in READS:
        assert (await client.get(path_of(path, number))).status_code == 200, path
    for name, verb in VERBS.items():
        answer = await client.post(path_of(verb.path, number), json=DATA.get(name, {}))
        assert is_problem(answer, 403, "forbidden"), name
    assert is_problem(await client.post("/api/v1/demo/card", json={"number": "4" * 16}), 403, "forbidden")
    assert await house.state(number) == before


async def test_a_read_token_does_nothing_in_frames_either(house: House) -> None:
    number = await house.place(ALICE)
    await awaiting(house, number)
    for who in (ALICE, BOB):
        actor = await by_token(house.db, await token_of(house, who))
        for name in VERBS:
            assert (await house.refused(actor, name, number, **DATA.get(name, {}))).code == "forbidden", name


async def test_tokens_that_were_there_before_scopes_still_write(house: House, door: Door) -> None:
    number = await house.place(ALICE)
    said = await door(ALICE, house).post(f"/api/v1/orders/{number}/messages", json={"text": "Hello"})
    assert said.status_code == 200
    assert (await stored(house, house.tokens[ALICE])).scope == "write"


# Last used


def count_updates(db: Database) -> list[str]:
    """Grows by every statement that changes a token."""
    seen: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE tokens"):
            seen.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    return seen


async def test_a_use_is_written_soon_and_not_with_every_request(
    house: House, serve: Serve, door: Door
) -> None:
    app = await serve(house)
    context = app.state.context
    updates, client = count_updates(context.db), door(ALICE, house, app=app)
    for _ in range(20):
        assert (await client.get("/api/v1/orders")).status_code == 200
    assert updates == []

    async def used() -> bool:
        return (await stored(house, house.tokens[ALICE])).used_at is not None

    await eventually(used)
    for _ in range(20):
        await client.get("/api/v1/orders")
    assert len(updates) == 1
    assert (await stored(house, house.tokens[CAROL])).used_at is None


async def test_what_waits_is_written_at_the_end(house: House) -> None:
    uses = Uses(house.db)
    uses.note(house.actor(BOB).ticket)
    uses.note("s:some-session")
    await uses.close()
    used = (await stored(house, house.tokens[BOB])).used_at
    assert used is not None
    assert datetime.now(UTC) - used < timedelta(seconds=10)


async def test_another_process_does_not_write_the_same_minute_again(house: House) -> None:
    ticket, used = house.actor(BOB).ticket, []
    for ago in (100, 50, 20):
        uses = Uses(house.db)
        uses.note(ticket)
        with house.at(seconds=ago):
            await uses.close()
        used.append((await stored(house, house.tokens[BOB])).used_at)
    assert used[0] == used[1]
    assert used[1] < used[2]  # type: ignore[operator]


# The pages


@pytest.mark.parametrize(("who", "path"), SIDES)
async def test_a_new_token_is_shown_once_and_works(house: House, door: Door, who: Person, path: str) -> None:
    window = await sign_in(door(), house, who)
    form = {"name": "Stock <counter>", "scope": "read"}
    made = await window.post(path, data=form)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    [secret] = set(SECRET.findall(made.text))
    assert (await program(door, secret).get("/api/v1/orders")).status_code == 200
    again = await window.post(path, data=form)  # as a reload sends it
    assert again.status_code == 422
    for page in (again, await window.get(path)):
        assert "Stock &lt;counter&gt;" in page.text
        assert not SECRET.search(page.text)
    token = await stored(house, secret)
    assert (token.name, token.scope) == ("Stock <counter>", "read")
    assert secret not in repr(vars(token))


async def test_a_form_that_says_nothing_useful_is_shown_again(house: House, door: Door) -> None:
    window = await sign_in(door(), house, ALICE)
    good = {"name": "Shop", "scope": "write"}
    for bad in ({"name": ""}, {"name": "x" * 101}, {"name": "a\x00b"}, {"scope": "all"}, {"scope": ""}):
        answer = await window.post("/account/tokens", data=good | bad)
        assert answer.status_code == 422, bad
        assert "problem" in answer.text
        assert not SECRET.search(answer.text)


@pytest.mark.parametrize(("who", "path"), SIDES)
async def test_a_revoked_token_leaves_the_list_and_opens_nothing(
    house: House, door: Door, who: Person, path: str
) -> None:
    secret, window = await token_of(house, who, name="Old one"), await sign_in(door(), house, who)
    key = digest(secret)[:12]
    assert key in (await window.get(path)).text
    for _ in range(2):
        answer = await window.post(f"{path}/{key}/revoke")
        assert answer.headers["location"] == f"{path}?revoked"
    assert "Old one" not in (await window.get(path)).text
    assert is_problem(await program(door, secret).get("/api/v1/orders"), 401, "unauthenticated")


async def test_nobody_revokes_what_is_not_theirs(house: House, door: Door) -> None:
    keys = {who: digest(house.tokens[who])[:12] for who in house.tokens}
    carol, bob = await sign_in(door(), house, CAROL), await sign_in(door(), house, BOB)
    for who in (ALICE, BOB):
        assert (await carol.post(f"/account/tokens/{keys[who]}/revoke")).status_code == 404
    for who in (OLGA, ALICE):
        assert (await bob.post(f"{TOKENS}/{keys[who]}/revoke")).status_code == 404
    whole = digest(house.tokens[BOB])
    for key in ("", "0", whole[:11], whole[:12] + "0", whole, "%25", "%00", "_" * 12, "%" * 12):
        assert (await bob.post(f"{TOKENS}/{key}/revoke")).status_code in (404, 405)
    for who in house.tokens:
        assert (await stored(house, house.tokens[who])).revoked_at is None


async def test_an_owner_sees_and_revokes_the_teams_tokens(house: House, door: Door) -> None:
    secret = await token_of(house, BOB, name="Bob's script")
    owner, agent = await sign_in(door(), house, OLGA), await sign_in(door(), house, BOB)
    await token_of(house, OLGA, name="Olga's script")
    page = (await owner.get(TOKENS)).text
    assert "Bob&#39;s script" in page
    assert "Bob Berger" in page
    assert ALICE.email not in page
    assert "Olga&#39;s script" not in (await agent.get(TOKENS)).text
    assert (await owner.post(f"{TOKENS}/{digest(secret)[:12]}/revoke")).status_code == 303
    assert (await stored(house, secret)).revoked_at is not None
    async with house.db.transaction() as tx:
        gone = update(Member).where(Member.email == BOB.email).values(removed_at=tx.now)
        await tx.session.execute(gone)
    assert "Bob Berger" not in (await owner.get(TOKENS)).text


async def test_a_guest_has_no_tokens(house: House, door: Door) -> None:
    number, window = await house.place(ALICE), door()
    await window.get(order_link(house, number))
    assert (await window.get("/account/tokens")).status_code == 401
    made = await window.post("/account/tokens", data={"name": "x", "scope": "write"})
    assert made.status_code == 401
    assert "/account/tokens" not in (await window.get("/orders")).text


async def test_one_person_has_at_most_fifty(house: House, door: Door) -> None:
    window = await sign_in(door(), house, ALICE)
    async with house.db.transaction() as tx:
        for n in range(49):
            await new_token(tx, customer_id=house.actor(ALICE).customer_id, name=str(n))
    answer = await window.post("/account/tokens", data={"name": "fifty-first", "scope": "read"})
    assert answer.status_code == 422
    async with house.db.read() as session:
        assert len((await session.scalars(select(Token.id))).all()) == 53
