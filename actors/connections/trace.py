"""Traces: the last frames of each charger, both directions, for support. Bounded, in memory, outside the actors.

Outside, so that what led to a crash is still there after the restart. Secrets are masked before a frame is kept, and
so is what it tells of a customer: that can be erased where it is kept, and here nobody would look for it.
"""

from __future__ import annotations

import json
import re
from collections import deque
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import charger, secrets

FRAMES = 40
BYTES = 2048
"""Longer frames are kept up to here, so that a charger's trace stays small."""


LEGIBLE = 65_536
"""A longer frame with a secret is not read for the sake of its beginning: that would take a second from everybody."""


_CUSTOMER = "notifycustomerinformation"
_HINTS = (*secrets.HINTS, *secrets.PERSONS, *charger.SECRET_PATHS, '"vpn"', '"signeddata"', _CUSTOMER)
_TOKEN = re.compile(r'("(?:idTag|parentIdTag|idToken|additionalIdToken)"\s*:\s*")([^"\\]*)')
_HEAD = re.compile(r'\[\s*(\d+)\s*,\s*"((?:[^"\\]|\\.)*)"\s*,?\s*(?:"([^"\\]*)")?')
_CALLS = frozenset({"2", "6"})
"""Message types that name their action: CALL and SEND."""
SHOWN = 4
"""Characters at the end of a token that are shown: enough to tell cards apart, too few to use one."""


def masked(text: str) -> str:
    """The frame without the values of secret keys, and without what it tells of a customer."""
    folded = text.casefold()  # keys are compared without regard to case
    if not any(hint in folded for hint in _HINTS) and not _with_a_url(text):
        return text
    if len(text) > LEGIBLE:
        return "(a frame that holds a secret and is too long to be shown)"
    try:
        parts = [_without_secrets(part) for part in json.loads(text)]
        if _CUSTOMER in (str(part).casefold() for part in parts[2:3]) and isinstance(parts[-1], dict):
            parts[-1] |= {"data": charger.MASK}
        return json.dumps(_without_persons(parts))
    except (ValueError, TypeError, RecursionError):
        return "(a frame that holds a secret and cannot be read)"


def _without_secrets(part: Any) -> Any:
    match part:
        case dict():
            return charger.without_secrets(part)
        case str():
            return secrets.shown(part)
        case _:
            return part


def _with_a_url(text: str) -> bool:
    """Whether there may be a URL with a password or a permission; JSON may write a slash with a backslash."""
    return ("@" in text or "?" in text) and ("://" in text or r":\/\/" in text)


def _without_persons(value: Any) -> Any:
    match value:
        case dict():
            hidden = secrets.of_person(value)
            return {name: charger.MASK if name in hidden else _without_persons(each) for name, each in value.items()}
        case list():
            return [_without_persons(each) for each in value]
        case _:
            return value


def without_tokens(text: str) -> str:
    """The frame, which may be cut, with the ends of tokens only."""
    return _TOKEN.sub(lambda found: found[1] + charger.MASK + found[2][max(SHOWN, len(found[2]) - SHOWN) :], text)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What frames somebody looks for; None: any. An answer belongs to the action that it answers."""

    action: str | None = None
    direction: str | None = None
    message_id: str | None = None
    since: datetime | None = None
    text: str | None = None
    """In whatever case."""


ANY = Wanted()


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One frame: when, "in" (from the charger) or "out", its text."""

    at: datetime
    direction: str
    message: str


class Traces:
    """A ring of frames per charger id."""

    def __init__(self) -> None:
        self._rings: dict[str, deque[Frame]] = {}

    def add(self, charger_id: str, at: datetime, direction: str, text: str) -> None:
        """Keep one frame, masked; the oldest one goes."""
        message = masked(text)
        ring = self._rings.get(charger_id)
        if ring is None:
            ring = self._rings[charger_id] = deque(maxlen=FRAMES)
        ring.append(Frame(at, direction, message if len(message) <= BYTES else message[:BYTES] + "..."))

    def of(self, charger_id: str, wanted: Wanted = ANY) -> list[dict[str, Any]]:
        """The frames of a charger as JSON objects, oldest first."""
        found = []
        actions: dict[tuple[str, str], str] = {}
        for frame in self._rings.get(charger_id, ()):
            shown = without_tokens(frame.message)
            if _matches(frame, shown, wanted, actions):
                found.append({**msgspec.structs.asdict(frame), "message": shown})
        return found

    def forget(self, charger_id: str) -> None:
        """The charger was deleted."""
        self._rings.pop(charger_id, None)


def _matches(frame: Frame, shown: str, wanted: Wanted, actions: dict[tuple[str, str], str]) -> bool:
    """Whether a frame is wanted; `actions` gathers (direction, message id) -> action of the calls so far."""
    head = _HEAD.match(frame.message)
    kind, message_id, action = head.groups() if head else (None, None, None)
    if kind in _CALLS and action is not None:
        actions[frame.direction, str(message_id)] = action
    else:
        action = actions.get(("out" if frame.direction == "in" else "in", str(message_id)))
    return (
        wanted.action in (None, action)
        and wanted.direction in (None, frame.direction)
        and wanted.message_id in (None, message_id)
        and (wanted.since is None or frame.at >= wanted.since)
        and (wanted.text is None or wanted.text.casefold() in shown.casefold())
    )
