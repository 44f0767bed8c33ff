"""Signatures of what is sent to webhooks, as https://www.standardwebhooks.com has them: HMAC-SHA256 over
"<id>.<timestamp>.<body>".

While a secret is replaced there are two signatures, one for each; receivers accept any that fits, and nothing that is
older than some minutes. Called by actors/business/webhooks.py.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    """A fresh secret: "whsec_" and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(delivery_id: str, at: datetime, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The headers that tell the receiver who sends it, when, and that nobody changed it."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join([delivery_id.encode(), timestamp.encode(), body])
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
