"""Django Channels with the ORM, as its tutorial shows it: one consumer, one group for each order.

Run by uvicorn; PGPORT and REDIS say where the servers are.
"""

import json
import os
from typing import Any
from urllib.parse import parse_qs

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="for-the-bench",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "bench",
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": os.environ["PGPORT"],
            "CONN_MAX_AGE": None,
        }
    },
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS"]]},
        }
    },
)
django.setup()

from channels.db import database_sync_to_async  # noqa: E402 - needs the settings
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.urls import path  # noqa: E402

INSERT = "INSERT INTO message (order_id, seq, author, body) VALUES (%s, %s, %s, %s)"


class Conversation(models.Model):
    id = models.IntegerField(primary_key=True)
    last_seq = models.BigIntegerField()
    unread_customer = models.IntegerField()
    unread_team = models.IntegerField()

    class Meta:
        app_label = "channels"
        db_table = "conv"
        managed = False


class Chat(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode())
        self.order, self.role = int(query["order"][0]), query["role"][0]
        self.group = f"order{self.order}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        await self.send(text_data='{"ready":1}')

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
        said = json.loads(text_data)
        seq = await self.save(said["body"])
        event = {"seq": seq, "id": said["id"], "author": self.role, "body": said["body"]}
        await self.channel_layer.group_send(self.group, {"type": "chat.message"} | event)

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({key: event[key] for key in ("seq", "id", "author", "body")}))

    @database_sync_to_async
    def save(self, body: str) -> int:
        with transaction.atomic():
            found = Conversation.objects.select_for_update().get(id=self.order)
            found.last_seq += 1
            if self.role == "team":
                found.unread_customer += 1
            else:
                found.unread_team += 1
            found.save()
            with connection.cursor() as cursor:
                cursor.execute(INSERT, [self.order, found.last_seq, self.role, body])
        return int(found.last_seq)


app = ProtocolTypeRouter({"websocket": URLRouter([path("ws", Chat.as_asgi())])})
