"""A browser that can be woken, and its maker's push service: what arrives is opened as RFC 8291 says."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.webhooks.receiver import Received, Receiver

CURVE = ec.SECP256R1()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text(raw_bytes: bytes) -> str:
    return base64.urlsafe_b64encode(raw_bytes).decode().rstrip("=")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand for at most one block."""
    return hmac.digest(key, info + b"\x01", hashlib.sha256)[:length]


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def open_sealed(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """The plain text of an aes128gcm body with a single record (RFC 8188, RFC 8291)."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size <= 4096
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
    info = b"WebPush: info\x00" + point(private.public_key()) + sender
    secret = expand(hmac.digest(auth, shared, hashlib.sha256), info, 32)
    key = hmac.digest(salt, secret, hashlib.sha256)
    cek = expand(key, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = expand(key, b"Content-Encoding: nonce\x00", 12)
    plain = AESGCM(cek).decrypt(nonce, record, None).rstrip(b"\x00")
    assert plain[-1:] == b"\x02", "the last record ends so"
    return plain[:-1]


@dataclass
class Browser:
    """`subscription` is what it hands to the page; `told` what it showed, oldest first."""

    service: Receiver
    name: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = b"sixteen bytes it"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.service.port}/push/{self.name}"

    @property
    def subscription(self) -> dict[str, Any]:
        keys = {"p256dh": text(point(self.private.public_key())), "auth": text(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    @property
    def tries(self) -> list[Received]:
        return [one for one in self.service.received if one.path == f"/push/{self.name}"]

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(open_sealed(one.body, self.private, self.auth)) for one in self.tries]

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.told]


def signed_by(one: Received, public: str) -> dict[str, Any]:
    """The claims of the sender, whose signature fits the key that the browser subscribed to (RFC 8292)."""
    scheme, _, rest = one.headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid" and parts["k"] == public
    content, _, signature = parts["t"].rpartition(".")
    sign = raw(signature)
    numbers = [int.from_bytes(sign[start : start + 32], "big") for start in (0, 32)]
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw(public))
    key.verify(encode_dss_signature(*numbers), content.encode(), ec.ECDSA(SHA256()))
    header, claims = (json.loads(raw(part)) for part in content.split("."))
    assert header["alg"] == "ES256"
    found: dict[str, Any] = claims
    return found
