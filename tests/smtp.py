"""A mail server that keeps what it is sent, and refuses whom it is told to."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.processes import eventually, free_port


class MailServer:
    """Collects messages; `answers["x@example.org"] = "451 later"` refuses a recipient."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        self.refused: list[str] = []
        self.answers: dict[str, str] = {}
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        """What this recipient was sent, oldest first."""
        return [message for message in self.messages if message["X-RcptTo"] == address]

    async def message(self, address: str, subject: str = "", within: float = 10) -> EmailMessage:
        """The newest message to `address` with `subject` in its subject, once it is there."""

        def matching() -> list[EmailMessage]:
            return [message for message in self.to(address) if subject in message["Subject"]]

        await eventually(matching, f"a mail {subject!r} to {address}", within)
        return matching()[-1]

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Refuse connections until `start()`."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()
        self._server = None

    def _session(self) -> Any:
        return SMTP(self, enable_SMTPUTF8=True, loop=asyncio.get_running_loop())

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if answer := self.answers.get(address):
            self.refused.append(address)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        content = envelope.content.replace(b"\r\n", b"\n")
        for recipient in envelope.rcpt_tos:
            message = email.message_from_bytes(content, policy=email.policy.default)
            message["X-RcptTo"] = recipient
            self.messages.append(message)
        return "250 OK"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
