"""The commands (DESIGN §3). Exit 0, 1 for a refusal with one clear line, 2 for wrong usage."""

import asyncio
import fcntl
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

import click
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app import doctor as checks
from app.audit.recording import record
from app.context import Context
from app.customers.actions import customer_of
from app.db import Database, Transaction
from app.demo import fill
from app.demo_scenes import PEOPLE
from app.errors import Problem
from app.founding.code import code_for_start, use_up
from app.jobs import Worker
from app.main import announce
from app.migrate import is_behind
from app.migrate import migrate as run_migrations
from app.operations import logs
from app.operations.watchdog import Watchdog
from app.serving import run_server
from app.settings import Settings, SettingsError, load
from app.shop import renew_epoch
from app.team.actions import add_member
from app.team.members import forget_second_factor
from app.team.model import SCOPES, Member
from app.team.queries import member_by_email
from app.team.sessions import Holder, new_link, new_token
from app.team.tokens import TokenView, every_token, revoke_any
from realtime.live import Announcer

T = TypeVar("T")


class Refused(click.ClickException):
    """One clear line on stderr, exit 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"orderline: {self.message}", err=True)


class InOrder(click.Command):
    """Leaves in `obj` the names of the options in the order in which they were given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        *_, given = self.make_parser(ctx).parse_args(list(args))
        ctx.obj = [option.name for option in given]
        return super().parse_args(ctx, args)


@click.group()
def main() -> None:
    """Orderline, an order desk in which every order is a conversation."""


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), help="PORT, for this run.")
def serve(port: int | None) -> None:
    """Serve the pages, the API and the live sockets."""
    settings = _settings(port)
    lock = _only_one(settings)
    if settings.sqlite:
        _run(run_migrations(settings))
    elif _run(is_behind(settings)):
        raise Refused("the database is behind; run `orderline migrate` first")
    _say_how_to_begin(settings)
    run_server(settings)
    if lock is not None:
        lock.close()


@main.command()
@click.option("--once", is_flag=True, help="Run what is due until nothing is, then stop.")
@click.option("--now", "moment", help="As --once, at this time (ISO 8601).")
def worker(once: bool, moment: str | None) -> None:
    """Send mail, expire quotes, renew plans, charge, tell people of messages they have not seen."""
    now = _moment(moment)
    logs.configure(_settings())
    _with_context(lambda context: _work(context, once or moment is not None, now), announcing=True)


@main.command()
def migrate() -> None:
    """Bring the database up to date."""
    _run(run_migrations(_settings()))


@main.command()
def demo() -> None:
    """Fill an empty shop with a demo: products, people, orders in every box."""
    settings = _settings()
    _run(run_migrations(settings))
    click.echo(
        "The demo shop is ready."
        if _with_context(fill)
        else "The demo is there already; nothing was changed."
    )


@main.group()
def member() -> None:
    """The team."""


@member.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(["owner", "agent"]), default="agent")
@click.option("--name", default="")
def member_add(email: str, role: str, name: str) -> None:
    """Add a member; prints a link that signs them in once, to choose a password."""

    async def add(context: Context) -> str:
        async with context.db.transaction() as tx:
            await use_up(tx.session)  # whoever adds somebody needs no page to set the shop up
            added = await add_member(tx, email, role, name)
            record(tx, None, "member_added", added.email, role=role)
            return await new_link(tx, member_id=added.id)

    click.echo(_link(_with_context(add)))


@member.command("reset-two-factor")
@click.argument("email")
def member_reset_two_factor(email: str) -> None:
    """The way back in for who lost device and recovery codes: the next sign-in asks for no code."""

    async def reset(context: Context) -> None:
        async with context.db.transaction() as tx:
            found = await tx.session.get_one(Member, await _member_id(tx, email))
            if found.totp_secret is None:
                raise Refused(f"{found.email} has no second factor")
            await forget_second_factor(tx, found)
            record(tx, None, "two_factor_reset", found.email)

    _with_context(reset)


@main.command(cls=InOrder)
@click.option("--member", "members", multiple=True, metavar="EMAIL")
@click.option("--customer", "customers", multiple=True, metavar="EMAIL")
@click.option("--name", default="", help="What the tokens are for, as their list says it.")
@click.option("--scope", type=click.Choice(SCOPES), default="write", help="What they may; write reads too.")
def token(members: tuple[str, ...], customers: tuple[str, ...], name: str, scope: str) -> None:
    """New bearer tokens, one a line, in the order given."""
    if not members and not customers:
        raise click.UsageError("name a --member or a --customer")

    named = {"members": iter(members), "customers": iter(customers)}
    order = [(who, next(named[who])) for who in click.get_current_context().obj if who in named]
    name = _name(name)

    async def make(context: Context) -> list[str]:
        async with context.db.transaction() as tx:
            holders = [await _holder(tx, who, email) for who, email in order]
            for who, email in order:
                if who == "members":
                    record(tx, None, "token_made", name or email, scope=scope)
            return [await new_token(tx, name=name, scope=scope, **holder) for holder in holders]

    click.echo("\n".join(_with_context(make)))


@main.group()
def tokens() -> None:
    """The tokens there are."""


@tokens.command("list")
@click.argument("email", required=False)
def tokens_list(email: str | None) -> None:
    """Everybody's, or those of one address: id, scope, made, last used, whose, name; a tab between."""

    async def read(context: Context) -> list[TokenView]:
        async with context.db.read() as session:
            return await every_token(session, email)

    for view in _with_context(read):
        used = f"{view.used_at:%Y-%m-%dT%H:%MZ}" if view.used_at else "never"
        facts = (view.id, view.scope, f"{view.created_at:%Y-%m-%d}", used, view.holder[1], view.name)
        click.echo("\t".join(facts))


@tokens.command("revoke")
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
def tokens_revoke(ids: tuple[str, ...]) -> None:
    """End tokens; their sockets close within two seconds. All of them or, when one is unknown, none."""

    async def end(context: Context) -> None:
        async with context.db.transaction() as tx:
            for key in ids:
                await revoke_any(tx, key)

    _with_context(end, announcing=True)


@main.command(hidden=True)
@click.option("--member", "email_of_member", metavar="EMAIL")
@click.option("--customer", "email_of_customer", metavar="EMAIL")
def links(email_of_member: str | None, email_of_customer: str | None) -> None:
    """Sign-in links: of the demo's people, or of one person."""
    both = email_of_member is None and email_of_customer is None
    agent, customer = PEOPLE["agent"], PEOPLE["customer"]

    async def make(context: Context) -> list[tuple[str, str]]:
        made = []
        async with context.db.transaction() as tx:
            if both or email_of_member:
                found = await _member_id(tx, email_of_member or agent)
                made.append(("Team", await new_link(tx, member_id=found)))
            if both or email_of_customer:
                buyer = await customer_of(tx, email_of_customer or customer, "", None)
                made.append(("Customer", await new_link(tx, customer_id=buyer.id)))
        return made

    for who, secret in _with_context(make):
        click.echo(f"{who + ':':10} {_link(secret)}" if both else _link(secret))


@main.command("new-epoch")
def new_epoch() -> None:
    """Tell every client to start afresh, after the database was restored."""

    async def renew(context: Context) -> None:
        async with context.db.transaction() as tx:
            await renew_epoch(tx.session)

    _with_context(renew)
    click.echo("The log has a new epoch.")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document.")
def doctor(as_json: bool) -> None:
    """Check this deployment as its clients would; exit 1 when something is wrong."""
    results = _run(checks.examine(_settings()))
    good = all(result.good for result in results)
    if as_json:
        click.echo(json.dumps({"good": good, "checks": [result.as_dict() for result in results]}, indent=1))
    else:
        for result in results:
            click.echo(_line(result))
    sys.exit(not good)


def _say_how_to_begin(settings: Settings) -> None:
    """While nobody has set the shop up: where that is done, and the code that allows it."""
    code = _run(code_for_start(settings))
    if code is not None:
        click.echo(f"\n  This shop is not set up yet. Open\n\n      {settings.public_url}/setup\n")
        click.echo(f"  and give this code, which works once and until the next start:\n\n      {code}\n")


def _line(result: checks.Result) -> str:
    marks = {"ok": ("ok ", "green"), "bad": ("BAD", "red"), "skipped": ("-- ", None)}
    mark, colour = marks[result.state]
    line = f"{click.style(mark, fg=colour)}  {result.what}: {result.detail}"
    return f"{line}\n       → {result.todo}" if result.todo else line


async def _work(context: Context, once: bool, now: datetime) -> None:
    if context.gateway.live and now > datetime.now(UTC) + timedelta(minutes=1):
        raise Refused("--now: with a live STRIPE_SECRET_KEY the clock is not put forward")
    work = Worker(context)
    if once:
        await work.once(now)
    else:
        settings = context.settings
        Watchdog(settings.watchdog_warns_after, settings.watchdog_ends_after).start()
        following = asyncio.create_task(context.follow())
        try:
            await work.run()
        finally:
            following.cancel()


async def _holder(tx: Transaction, who: str, email: str) -> Holder:
    if who == "members":
        return {"member_id": await _member_id(tx, email)}
    if not _is_address(email):
        raise Refused(f"{email} is not a mail address")
    return {"customer_id": (await customer_of(tx, email, "", None)).id}


def _name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > 100 or not name.isprintable():
        raise click.UsageError("--name: at most 100 characters, and none that cannot be printed")
    return name


async def _member_id(tx: Transaction, email: str) -> int:
    found = await member_by_email(tx.session, email)
    if found is None:
        raise Refused(f"there is no member {email}")
    return found.id


def _settings(port: int | None = None) -> Settings:
    try:
        return load(port=port)
    except SettingsError as error:
        raise Refused(str(error)) from None


def _link(secret: str) -> str:
    return f"{_settings().public_url}/sign-in/{secret}"


def _with_context(use: Callable[[Context], Awaitable[T]], *, announcing: bool = False) -> T:
    return _run(_inside(_settings(), use, announcing))


async def _inside(settings: Settings, use: Callable[[Context], Awaitable[T]], announcing: bool) -> T:
    if await is_behind(settings):
        raise Refused("the database is behind; run `orderline migrate` first")
    async with _context(settings) as context:
        if not announcing:
            return await use(context)
        async with Announcer(settings.redis_url, namespace=settings.namespace) as announcer:
            announce(context.db, announcer)
            return await use(context)


@asynccontextmanager
async def _context(settings: Settings) -> AsyncIterator[Context]:
    context = Context(settings, Database(settings.database_url))
    try:
        await context.load()
        yield context
    finally:
        await context.db.close()


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except Problem as problem:
        raise Refused(problem.detail) from None
    except (DBAPIError, SQLAlchemyError, OSError) as error:
        raise Refused(f"DATABASE_URL: {str(error).splitlines()[0]}") from None
    except KeyboardInterrupt:
        sys.exit(0)


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("--now: not a time of ISO 8601") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_address(email: str) -> bool:
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _only_one(settings: Settings) -> IO[str] | None:
    """On SQLite one `serve` holds this lock; a second one would not hear of what the first commits."""
    if not settings.sqlite:
        return None
    path = Path(make_url(settings.database_url).database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(path.name + ".lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Refused(f"another `orderline serve` uses {path}; several need PostgreSQL and Redis") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


if __name__ == "__main__":
    main()
