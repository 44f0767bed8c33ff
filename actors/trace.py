"""Traces: the last frames of each charger, both directions, for support. Bounded, in memory, outside the actors.

Outside, so that what led to a crash is still there after the restart. Secrets are masked before a frame gets here.
"""

from __future__ import annotations

import json
from collections import deque
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import charger

FRAMES = 40
BYTES = 2048
"""Longer frames are kept up to here, so that a charger's trace stays small."""


LEGIBLE = 65_536
"""A longer frame with a secret is not read for the sake of its beginning: that would take a second from everybody."""


def masked(text: str) -> str:
    """The frame without the values of secret keys."""
    folded = text.casefold()  # keys are compared without regard to case
    if not any(secret in folded for secret in charger.SECRET_KEYS):
        return text
    if len(text) > LEGIBLE:
        return "(a frame that holds a secret and is too long to be shown)"
    try:
        return json.dumps([charger.masked(part) if isinstance(part, dict) else part for part in json.loads(text)])
    except (ValueError, TypeError, RecursionError):
        return "(a frame that holds a secret and cannot be read)"


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One frame: when, "in" (from the charger) or "out", its text."""

    at: datetime
    direction: str
    message: str


class Traces:
    """A ring of frames per charger id."""

    def __init__(self) -> None:
        self._rings: dict[str, deque[Frame]] = {}

    def add(self, charger_id: str, at: datetime, direction: str, message: str) -> None:
        """Keep one frame; the oldest one goes."""
        ring = self._rings.get(charger_id)
        if ring is None:
            ring = self._rings[charger_id] = deque(maxlen=FRAMES)
        ring.append(Frame(at, direction, message if len(message) <= BYTES else message[:BYTES] + "..."))

    def of(self, charger_id: str) -> list[dict[str, Any]]:
        """The frames of a charger as JSON objects, oldest first."""
        return [msgspec.structs.asdict(frame) for frame in self._rings.get(charger_id, ())]

    def forget(self, charger_id: str) -> None:
        """The charger was deleted."""
        self._rings.pop(charger_id, None)
