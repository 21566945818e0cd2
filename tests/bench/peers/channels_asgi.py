"""Django Channels chat as its tutorial shows it, with the Django ORM and channels_redis."""

import os, django, json
from django.conf import settings

settings.configure(
    SECRET_KEY="x",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    ROOT_URLCONF="channels_asgi",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "bench",
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": int(os.environ["PGPORT"]),
            "CONN_MAX_AGE": None,
        }
    },
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": os.environ.get("LAYER", "channels_redis.pubsub.RedisPubSubChannelLayer"),
            "CONFIG": {"hosts": [os.environ["REDIS"]]},
        }
    },
    USE_TZ=True,
)
django.setup()
from django.core.asgi import get_asgi_application
from django.db import models, transaction, connection
from django.urls import path

urlpatterns = []
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.db import database_sync_to_async
from urllib.parse import parse_qs


class Conv(models.Model):
    id = models.IntegerField(primary_key=True)
    last_seq = models.BigIntegerField()
    unread_customer = models.IntegerField()
    unread_team = models.IntegerField()

    class Meta:
        app_label = "channels"
        db_table = "conv"
        managed = False


class C(AsyncWebsocketConsumer):
    async def connect(self):
        q = parse_qs(self.scope["query_string"].decode())
        self.oid = int(q["order"][0])
        self.role = q["role"][0]
        self.g = f"o{self.oid}"
        await self.channel_layer.group_add(self.g, self.channel_name)
        await self.accept()
        await self.send(text_data='{"ready":1}')

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.g, self.channel_name)

    @database_sync_to_async
    def save(self, body):
        with transaction.atomic():
            c = Conv.objects.select_for_update().get(id=self.oid)
            c.last_seq += 1
            if self.role == "team":
                c.unread_customer += 1
            else:
                c.unread_team += 1
            c.save()
            with connection.cursor() as cur:
                cur.execute(
                    "insert into message(order_id,seq,author,body) values(%s,%s,%s,%s)",
                    [self.oid, c.last_seq, self.role, body],
                )
            return c.last_seq

    async def receive(self, text_data=None, bytes_data=None):
        d = json.loads(text_data)
        seq = await self.save(d["body"])
        await self.channel_layer.group_send(
            self.g,
            {"type": "chat.message", "seq": seq, "id": d["id"], "author": self.role, "body": d["body"]},
        )

    async def chat_message(self, ev):
        await self.send(text_data=json.dumps({k: ev[k] for k in ("seq", "id", "author", "body")}))


app = ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter([path("ws", C.as_asgi())])})
