"""Links between people and the shop that break."""

import asyncio

from tests.faults.conftest import Open, Prove


async def test_links_that_are_reset_in_the_middle_lose_and_double_nothing(
    open_world: Open, prove: Prove
) -> None:
    """Row 1: RST mid-stream; everybody is back within two seconds."""
    world = await open_world()
    await world.gather()
    world.chat()
    for _ in range(6):
        await asyncio.sleep(0.4)
        for web in world.web:
            web.door.reset()
        world.note("every link is reset")
        await world.connected(within=2)
    await prove(world)
