"""Secrets and signatures as the Standard Webhooks specification has them.

Its own library is made for receivers; the sender's half is these lines.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(keys: Iterable[str], message: str, seconds: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret that is valid now."""
    signed = f"{message}.{seconds}.".encode() + body
    return " ".join(f"v1,{base64.b64encode(_mac(key, signed)).decode()}" for key in keys)


def _mac(key: str, signed: bytes) -> bytes:
    return hmac.new(base64.b64decode(key.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
