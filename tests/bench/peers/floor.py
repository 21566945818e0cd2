"""The bare floor: websockets, asyncpg and redis-py, and nothing that is not needed to store and deliver."""

import asyncio
import os
import sys
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

import asyncpg
import orjson
import redis.asyncio
import uvloop
from websockets.asyncio.server import ServerConnection, serve

STORE = """
WITH counted AS (
  UPDATE conv SET last_seq = last_seq + 1, unread_team = unread_team + $4,
                  unread_customer = unread_customer + $5
  WHERE id = $1 RETURNING last_seq)
INSERT INTO message (order_id, seq, author, body) SELECT $1, last_seq, $2, $3 FROM counted RETURNING seq
"""


class Floor:
    """One subscription for all orders of this process; a set of sockets for each order."""

    def __init__(self, pool: asyncpg.Pool, bus: redis.asyncio.Redis) -> None:
        self.pool = pool
        self.bus = bus
        self.pubsub = bus.pubsub()
        self.sockets: defaultdict[str, set[ServerConnection]] = defaultdict(set)
        self.sending: set[asyncio.Task[None]] = set()

    async def hear(self) -> None:
        await self.pubsub.subscribe("start")
        async for message in self.pubsub.listen():
            if message["type"] != "message":
                continue
            for socket in self.sockets[message["channel"].decode()]:
                task = asyncio.create_task(socket.send(message["data"].decode()))
                self.sending.add(task)
                task.add_done_callback(self.sending.discard)

    async def chat(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        query = parse_qs(urlsplit(socket.request.path).query)
        order, role = int(query["order"][0]), query["role"][0]
        channel = f"order{order}"
        if channel not in self.sockets:
            self.sockets[channel] = set()
            await self.pubsub.subscribe(channel)
        self.sockets[channel].add(socket)
        await socket.send('{"ready":1}')
        try:
            async for text in socket:
                await self._store(order, role, channel, orjson.loads(text))
        finally:
            self.sockets[channel].discard(socket)

    async def _store(self, order: int, role: str, channel: str, said: dict[str, str]) -> None:
        counts = int(role != "team"), int(role == "team")
        seq = await self.pool.fetchval(STORE, order, role, said["body"], *counts)
        event = {"seq": seq, "id": said["id"], "author": role, "body": said["body"]}
        await self.bus.publish(channel, orjson.dumps(event))


async def main(port: int) -> None:
    pool = await asyncpg.create_pool(os.environ["PG"], min_size=8, max_size=8)
    floor = Floor(pool, redis.asyncio.Redis.from_url(os.environ["REDIS"]))
    hearing = asyncio.create_task(floor.hear())
    async with serve(floor.chat, "127.0.0.1", port, compression=None, ping_interval=None, backlog=2048):
        await hearing


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
