"""The server process as tests see it: Stripe, its customers at their own screens, and its bad days."""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from tests.processes import Process, free_port

ROOT = Path(__file__).parents[2]
KEY = "sk_test_for_tests_only"


class Localstripe(Process):
    """One for all tests: each has payers, cards and keys of its own. A fault waits for a request to match."""

    def __init__(self, directory: Path) -> None:
        port = free_port()
        command = (sys.executable, "-m", "tests.payments.localstripe_server", str(port))
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        super().__init__(command, directory, port, environment, name="localstripe")
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx2.AsyncClient(base_url=self.url, auth=(KEY, ""), trust_env=False)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()
        await super().__aexit__(kind, error, trace)

    async def fill(self, session: str, number: str, *, attach: bool = True) -> str:
        """A customer gives a card that is good until April 2030; answers Stripe's name of it."""
        card = {"number": number, "month": 4, "year": 2030, "attach": attach}
        return str((await self._post(f"/_config/checkout/{session}", card))["card"])

    async def approve(self, charge: str, success: bool = True) -> None:
        """A customer answers on the bank's page."""
        await self._post(f"/_config/approve/{charge}", {"success": success})

    async def report(self, card: str, decline_code: str) -> None:
        """From now on the bank declines a card for this reason."""
        await self._post(f"/_config/cards/{card}", {"decline_code": decline_code})

    async def fail(self, path: str, kind: str, status: int = 500) -> None:
        """A fault for the next request with `path` in its "/path#METHOD"; the kinds are the server's."""
        await self._post("/_config/faults", {"path": path, "kind": kind, "status": status})

    async def faults(self) -> list[dict[str, Any]]:
        """Those that nothing has met so far."""
        return list(await self._get("/_config/faults"))

    async def forget_keys(self) -> None:
        """A day passes."""
        await self._post("/_config/forget_keys", {})

    async def hook(self, url: str, secret: str) -> None:
        """From now on send events there."""
        await self._post("/_config/webhooks/tests", {"url": url, "secret": secret})

    async def charged(self, payer: str) -> list[int]:
        """The amounts of all that was taken from a payer."""
        charges = (await self._get(f"/v1/charges?customer={payer}&limit=100"))["data"]
        return [charge["amount"] for charge in charges if charge["status"] == "succeeded"]

    async def given_back(self, charge: str) -> list[int]:
        refunds = (await self._get(f"/v1/refunds?payment_intent={charge}&limit=100"))["data"]
        return sorted(refund["amount"] for refund in refunds)

    async def metadata(self, charge: str) -> dict[str, str]:
        return dict((await self._get(f"/v1/payment_intents/{charge}"))["metadata"])

    async def session(self, ref: str) -> dict[str, Any]:
        return dict(await self._get(f"/v1/checkout/sessions/{ref}"))

    async def keys(self, path: str) -> list[str]:
        """The idempotency keys of the requests to a path, in their order."""
        asked = await self._get("/_config/requests")
        return [request["key"] for request in asked if request["path"] == path and request["key"]]

    async def _post(self, path: str, data: dict[str, Any]) -> Any:
        response = await self._http.post(path, json=data)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def _get(self, path: str) -> Any:
        response = await self._http.get(path)
        assert response.is_success, response.text
        return response.json()


@dataclass
class Receiver:
    """A web server that takes in webhooks, or whatever; `port` is where."""

    status: int = 200
    answer: bytes = b""
    received: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.received.append((body, headers))
        answer = f"HTTP/1.1 {self.status} \r\nContent-Length: {len(self.answer)}\r\nConnection: close\r\n\r\n"
        writer.write(answer.encode() + self.answer)
        writer.close()
        await writer.wait_closed()
