"""Who we are to the push services (RFC 8292), and sealing what only one browser can open (RFC 8291).

The key is made once with the database and kept there: browsers subscribe to it, so a new one would silence
every one of them.
"""

import base64
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

LASTS = timedelta(hours=12)  # of a signature; the services refuse more than 24
CURVE = ec.SECP256R1()


def new_key() -> str:
    """A private key, 32 bytes in base64url."""
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return encoded(number.to_bytes(32, "big"))


@lru_cache(4)
def public_key(private: str) -> str:
    """What a browser subscribes to, in base64url."""
    return encoded(_point(_vapid(private).public_key))


def authorization(private: str, endpoint: str, public_url: str) -> str:
    """The header that says who sends; push services know no other time than the real one."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((datetime.now(UTC) + LASTS).timestamp()),
        "sub": f"https://{urlsplit(public_url).hostname}",
    }
    header: str = _vapid(private).sign(claims)["Authorization"]
    return header


def sealed(payload: bytes, p256dh: str, auth: str) -> bytes:
    """A body with Content-Encoding aes128gcm. Raises ValueError for keys that are none."""
    body: bytes = http_ece.encrypt(
        payload,
        salt=secrets.token_bytes(16),
        private_key=ec.generate_private_key(CURVE),
        dh=browser_key(p256dh),
        auth_secret=browser_secret(auth),
        version="aes128gcm",
    )
    return body


def browser_key(text: str) -> bytes:
    """A browser's public key. Raises ValueError for what is no point of the curve."""
    point = decoded(text)
    ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    if len(point) != 65:
        raise ValueError("not an uncompressed point")
    return point


def browser_secret(text: str) -> bytes:
    """A browser's secret. Raises ValueError unless it has 16 bytes."""
    secret = decoded(text)
    if len(secret) != 16:
        raise ValueError("not 16 bytes")
    return secret


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Raises ValueError for what is no base64url."""
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)


@lru_cache(4)
def _vapid(private: str) -> Vapid02:
    key = ec.derive_private_key(int.from_bytes(decoded(private), "big"), CURVE)
    return Vapid02(key, conf={"no-strict": True})  # its strictness knows no local hosts


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
