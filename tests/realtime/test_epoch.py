"""A log that is not the one it was."""

from tests.processes import eventually
from tests.realtime.conftest import Connect, Node, serve
from tests.realtime.source import Log


async def test_a_log_that_goes_back_gets_a_new_epoch_and_everybody_reloads(
    node: Node, clients: Connect
) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    for number in range(5):
        await cara.do(str(number))
    await cara.until(lambda: len(cara.texts["1042"]) == 5)
    del node.shop.log.entries[1042][2:]
    await cara.wait(lambda f: f == {"type": "hello", "epoch": "e1+", "heads": {"1042": 2}})
    await cara.wait(lambda f: f == {"type": "reset", "order": "1042"})
    await cara.do("after the restore")
    await cara.until(lambda: cara.texts["1042"][-1] == "after the restore")
    assert cara.of("event")[-1]["seq"] == 3
    assert node.shop.counts["renew_epoch"] == 1


async def test_two_processes_agree_on_one_new_epoch(clients: Connect) -> None:
    log = Log()
    async with serve(log) as one, serve(log) as two:
        log.append(1042, "a")
        log.append(1042, "b")
        windows = [await clients(node, "cara", orders={"1042": 0}) for node in (one, two)]
        for window in windows:
            await window.wait(lambda f: f["type"] == "event" and f["seq"] == 2)
        log.entries[1042].pop()
        for window in windows:
            await window.wait(lambda f: f["type"] == "hello" and f["epoch"] == "e1+")
        assert log.epoch == "e1+"


async def test_an_epoch_made_by_hand_is_noticed(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    await cara.do("a")
    node.shop.log.epoch = "e2"
    await cara.wait(lambda f: f["type"] == "reset")
    assert cara.epoch == "e2"
    anna = await clients(node, "anna", orders={"1042": 0}, epoch="e2")
    await anna.until(lambda: anna.texts["1042"] == ["a"])


async def test_an_epoch_that_only_the_client_knows_yet(node: Node, clients: Connect) -> None:
    node.shop.log.append(1042, "a")
    anna = await clients(node, "anna")
    node.shop.log.epoch = "e2"
    assert (await anna.resume({"1042": 0}, epoch="e2"))["epoch"] == "e2"
    await anna.until(lambda: anna.texts["1042"] == ["a"])
    assert not anna.of("reset")


async def test_a_busy_order_is_no_log_that_went_back(node: Node, clients: Connect) -> None:
    cara = await clients(node, "cara", orders={"1042": 0})
    looked = node.shop.counts["heads"]
    while node.shop.counts["heads"] < looked + 5:
        await cara.do("a", do="messages.send")
    await eventually(lambda: node.shop.counts["heads"])
    assert not node.shop.counts["renew_epoch"]
