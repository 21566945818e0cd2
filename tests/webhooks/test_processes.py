"""Real processes: a worker that is killed while it delivers, and another one that goes on."""

from datetime import UTC, datetime, timedelta

from tests.cast import ALICE, BOB, OLGA
from tests.conftest import Api, Deploy
from tests.marks import SCALED
from tests.processes import eventually
from tests.product import Deployment
from tests.rules.http import done, json_of, place
from tests.webhooks.receiver import HANG, receiver


async def worker_once(shop: Deployment, ahead: timedelta) -> None:
    moment = (datetime.now(UTC) + ahead).isoformat()
    ran = await shop.cli("worker", "--once", "--now", moment)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@SCALED
async def test_a_killed_workers_delivery_goes_out_again_with_the_same_id(deploy: Deploy, api: Api) -> None:
    shop = await deploy(WEBHOOKS_ALLOW_PRIVATE="1")
    owner, alice = api(OLGA, shop), api(ALICE, shop)
    async with receiver(lambda _: HANG) as other:
        made = (await done(owner, "/webhooks", url=other.url, kinds=["placed", "message"]))["webhook"]
        number = await place(alice)
        await done(api(BOB, shop), f"/orders/{number}/messages", text="Good morning")
        await eventually(lambda: other.received, "a delivery under way")
        assert shop.worker is not None
        await shop.worker.kill()
        other.answers = lambda _: 200
        await worker_once(shop, timedelta(minutes=1))
    first, again, message = other.received
    assert first.id == again.id != message.id and first.body == again.body
    assert all(one.signed_by(made["secret"]) for one in other.received)
    assert [one.data["kind"] for one in other.received] == ["placed", "placed", "message"]
    items = (await json_of(owner, f"/webhooks/{made['id']}/deliveries"))["items"]
    assert [(item["status"], item["attempts"]) for item in items] == [("delivered", 1), ("delivered", 2)]


@SCALED
async def test_the_web_process_and_the_worker_need_no_restart_to_know_of_a_webhook(
    deploy: Deploy, api: Api
) -> None:
    shop = await deploy(WEBHOOKS_ALLOW_PRIVATE="1")
    async with receiver() as other:
        await done(api(OLGA, shop, shop.urls[1]), "/webhooks", url=other.url, kinds=["placed"])
        number = await place(api(ALICE, shop, shop.urls[0]))
        await eventually(lambda: other.received, "the delivery")
    assert other.seqs == {number: [1]}


@SCALED
async def test_without_the_setting_this_machine_is_out_of_reach(deploy: Deploy, api: Api) -> None:
    shop = await deploy()
    for url in ("https://127.0.0.1:8443/", "https://localhost/", "https://[::ffff:127.0.0.1]/"):
        answer = await api(OLGA, shop).post("/webhooks", json={"url": url, "kinds": ["placed"]})
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "url"
