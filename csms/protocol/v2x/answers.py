"""OCPP 2.x: what several functional blocks say in their answers."""

from typing import Any

from csms.domain import facts
from csms.protocol import times

LONGEST_201, LONGEST_21 = 36, 255
"""Characters that a token may have (rule 29)."""


def group(group_id: str | None, longest: int) -> dict[str, Any]:
    """The field groupIdToken: an id of our own making, so its type is Central.

    {} without a group, and for one of more characters than a token of that version has: it cannot be told.
    """
    if not group_id or len(group_id) > longest:
        return {}
    return {"groupIdToken": {"idToken": group_id, "type": "Central"}}


def message(message: facts.PersonalMessage) -> dict[str, Any]:
    """A MessageContent, as chargers show it to their drivers."""
    language = {} if message.language is None else {"language": message.language}
    return {"format": message.format, "content": message.content, **language}


def token_info(info: facts.TokenInfo, longest: int) -> dict[str, Any]:
    """An idTokenInfo, in a version whose tokens have up to `longest` characters."""
    told: dict[str, Any] = {"status": info.status}
    if info.expires_at is not None:
        told["cacheExpiryDateTime"] = times.write(info.expires_at)
    return told | group(info.group_id, longest)
