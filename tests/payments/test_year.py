"""A subscription through a year as its owner runs it: real processes, `worker --once --now`."""

from datetime import date, datetime, timedelta
from typing import Any

import httpx2

from app.subscriptions.calendar import Interval, period_start
from tests.cast import ALICE, BOB, CAROL, OLGA
from tests.conftest import Api, Deploy
from tests.product import Deployment
from tests.rules.http import done, json_of

PAYS, DECLINES = "4242 4242 4242 4242", "4000 0000 0000 0341"


class Year:
    """The days go by, with the worker each noon (UTC) that is asked for."""

    def __init__(self, deployment: Deployment, bob: httpx2.AsyncClient, number: str) -> None:
        self.deployment = deployment
        self.bob = bob
        self.number = number
        self.key = 0

    async def noon(self, day: date) -> dict[str, Any]:
        """What the subscription is after this day's worker."""
        moment = f"{day.isoformat()}T12:00:00Z"
        ran = await self.deployment.cli("worker", "--once", "--now", moment)
        assert ran.returncode == 0, ran.stderr
        return await self.now()

    async def now(self) -> dict[str, Any]:
        found: dict[str, Any] = await json_of(self.bob, f"/subscriptions/{self.key}")
        return found


def due(subscription: dict[str, Any]) -> date:
    """The day in Berlin on which the next charge is due."""
    moment = datetime.fromisoformat(subscription["next_charge_at"])
    return (moment + timedelta(hours=2)).date()


def paid(subscription: dict[str, Any]) -> list[int]:
    return [one["amount"]["amount"] for one in subscription["payments"] if one["status"] == "succeeded"]


async def placed(alice: httpx2.AsyncClient) -> str:
    items = (await json_of(alice, "/catalogue"))["items"]
    care = next(item for item in items if item["plan"])
    lines = [{"product": care["id"], "quantity": 1}]
    body = await done(alice, "/orders", lines=lines, payment_method="online")
    return str(body["order"]["number"])


async def test_overdue_and_recovered_upgraded_and_cancelled(deploy: Deploy, api: Api) -> None:
    deployment = await deploy()
    alice, bob = api(ALICE, deployment), api(BOB, deployment)
    await done(alice, "/demo/card", number=PAYS)
    year = Year(deployment, bob, await placed(alice))
    order = (await done(bob, f"/orders/{year.number}/confirm"))["order"]
    year.key = order["subscription"]
    assert order["payment_status"] == "paid"

    subscription = await year.now()
    for _ in range(3):
        subscription = await year.noon(due(subscription))
    assert paid(subscription) == [17_900, 2_900, 2_900, 2_900]

    await done(alice, "/demo/card", number=DECLINES)
    failed_on = due(subscription)
    subscription = await year.noon(failed_on)
    assert subscription["state"] == "overdue"
    subscription = await year.noon(failed_on + timedelta(days=1))
    assert subscription["state"] == "overdue"
    await done(alice, "/demo/card", number=PAYS)
    subscription = await year.noon(failed_on + timedelta(days=3))
    assert (subscription["state"], paid(subscription)[-1]) == ("active", 2_900)

    plan = await done(
        bob, "/plans", name="Sign care gold", price=9_900, interval={"every": 1, "unit": "month"}
    )
    change = {"plan": plan["plan"]["id"], "when": "renewal"}
    await done(bob, f"/subscriptions/{year.key}/change_plan", **change)
    # nobody ran the worker for eight months: each is charged, one by one
    subscription = await year.noon(period_start(due(subscription), Interval(1, "month"), 7))
    assert paid(subscription) == [17_900, *[2_900] * 4, *[9_900] * 8]

    await done(bob, f"/subscriptions/{year.key}/cancel", when="period_end")
    subscription = await year.noon(due(subscription))
    assert (subscription["state"], len(paid(subscription))) == ("cancelled", 13)
    mine = (await json_of(alice, "/subscriptions", state="inactive"))["items"]
    assert [item["id"] for item in mine] == [year.key]
    assert (await api(CAROL, deployment).get(f"/subscriptions/{year.key}")).status_code == 404
    log = (await json_of(alice, f"/orders/{year.number}/timeline", limit=200))["items"]
    events = [entry["data"]["event"] for entry in log if entry["kind"] == "subscription"]
    assert events == [
        "started",
        "overdue",
        "recovered",
        "plan_will_change",
        "plan_changed",
        "will_cancel",
        "cancelled",
    ]
    assert (await api(OLGA, deployment).get("/analytics")).status_code == 200
