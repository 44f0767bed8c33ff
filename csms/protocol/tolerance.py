"""A payload seen with the quirks of its charger: what was meant by it, and what is wrong with that all the same.

Called by versions.Version, for calls and for answers alike. What it finds serious is never forgiven further on.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from csms.protocol import quirks, schemas

ROUNDS = 3
"""Mending may show what was behind a fault: an object that counts as a list of one has fields of its own."""

Faults: TypeAlias = tuple[schemas.SchemaFault, ...]
Check: TypeAlias = Callable[[str, Any], Faults]
"""Action and payload -> what the schema finds: Schemas.request_faults or response_faults."""


class Seen(msgspec.Struct, frozen=True):
    """What came of a payload."""

    meant: Any
    """Mended; the very same object where nothing was."""
    faults: Faults = ()
    """What is still wrong with it: forgiven or serious."""
    serious: Faults = ()
    found: Sequence[Faults] = ()
    """What was mended, round by round."""
    allowed: frozenset[quirks.Quirk] = quirks.STRICT

    def again(self, payload: Any) -> Any:
        """The same payload as read by another decoder, mended in the same way."""
        for faults in self.found:
            payload = quirks.mended(self.allowed, payload, faults)
        return payload


def see(check: Check, action: str, payload: Any, allowed: frozenset[quirks.Quirk]) -> Seen:
    """Look at a payload, mend it, look again. Never raises."""
    meant, faults, found = payload, check(action, payload), list[Faults]()
    while faults and len(found) < ROUNDS:
        mended = quirks.mended(allowed, meant, faults)
        if mended is meant:
            break
        found.append(faults)
        meant, faults = mended, check(action, mended)
    serious = tuple(fault for fault in faults if not quirks.forgives(allowed, action, fault))
    return Seen(meant, faults, serious, found, allowed)
