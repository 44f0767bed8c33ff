"""Hearsay: what responders said of others' certificates, for as long as they said that it counts. Kept by Services.

Only in memory: after a restart they are asked again.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from csms.domain import facts
from csms.domain.certificates import HashData
from csms.pki import responders

KEPT = 10_000
"""Words that are remembered; the least asked for go first."""


class Said(NamedTuple):
    """A responder's word, and as it came (base64) where it is an OCSP answer."""

    told: responders.Told
    response: str | None


class Hearsay:
    """By certificate, and by whether a responder or a list said it."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[HashData, str], Said] = OrderedDict()

    def get(self, question: facts.StatusQuestion, now: datetime) -> Said | None:
        """What was said of this, if it counts still."""
        key = (question.asked, question.source)
        said = self._said.get(key)
        if said is None:
            return None
        if said.told.until is None or said.told.until <= now:
            del self._said[key]
            return None
        self._said.move_to_end(key)
        return said

    def keep(self, question: facts.StatusQuestion, said: Said) -> None:
        """Remember it until its time is over; what has none is forgotten at once."""
        if said.told.until is not None:
            self._said[(question.asked, question.source)] = said
            if len(self._said) > KEPT:
                self._said.popitem(last=False)
