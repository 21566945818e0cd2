"""Bare floor: websockets + asyncpg + redis-py pubsub, hand-tuned minimum for persist -> publish -> deliver."""

import asyncio, os, orjson, sys, uvloop, asyncpg, redis.asyncio as aredis
from websockets.asyncio.server import serve
from urllib.parse import urlsplit, parse_qs

subs = {}


async def main(port):
    pool = await asyncpg.create_pool(os.environ["PG"], min_size=8, max_size=8)
    r = aredis.Redis.from_url(os.environ["REDIS"])
    ps = r.pubsub()
    await ps.subscribe("boot")

    async def reader():
        async for m in ps.listen():
            if m["type"] != "message":
                continue
            for ws in subs.get(m["channel"].decode(), ()):
                asyncio.ensure_future(ws.send(m["data"].decode()))

    t = asyncio.create_task(reader())
    SQL = """with s as (update conv set last_seq=last_seq+1, unread_team=unread_team+$4, unread_customer=unread_customer+$5 where id=$1 returning last_seq)
    insert into message(order_id,seq,author,body) select $1,last_seq,$2,$3 from s returning seq"""

    async def h(ws):
        q = parse_qs(urlsplit(ws.request.path).query)
        oid = int(q["order"][0])
        role = q["role"][0]
        ch = f"o{oid}"
        if ch not in subs:
            subs[ch] = set()
            await ps.subscribe(ch)
        subs[ch].add(ws)
        await ws.send('{"ready":1}')
        try:
            async for raw in ws:
                d = orjson.loads(raw)
                seq = await pool.fetchval(SQL, oid, role, d["body"], int(role != "team"), int(role == "team"))
                await r.publish(
                    ch, orjson.dumps({"seq": seq, "id": d["id"], "author": role, "body": d["body"]})
                )
        finally:
            subs[ch].discard(ws)

    async with serve(h, "127.0.0.1", port, compression=None, ping_interval=None, backlog=2048) as s:
        print("up", flush=True)
        await s.serve_forever()


uvloop.run(main(int(sys.argv[1])))
