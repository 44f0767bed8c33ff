"""OCPP 2.x: what several functional blocks say in their answers."""

from typing import Any

from csms.domain import facts
from csms.protocol import times


def group(group_id: str) -> dict[str, Any]:
    """A groupIdToken: an id of our own making, so its type is Central."""
    return {"idToken": group_id, "type": "Central"}


def token_info(info: facts.TokenInfo) -> dict[str, Any]:
    """An idTokenInfo."""
    told: dict[str, Any] = {"status": info.status}
    if info.expires_at is not None:
        told["cacheExpiryDateTime"] = times.write(info.expires_at)
    if info.group_id is not None:
        told["groupIdToken"] = group(info.group_id)
    return told
