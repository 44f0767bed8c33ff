"""The local authorization list: tokens that a charger knows by itself. No version of OCPP.

Owned by `charger` and asked by its cache before anything else; the dialects' blocks fill it. Pure.
"""

import dataclasses
from collections.abc import Callable, Mapping

from csms.simulator.dialect import TokenInfo

MOST_ENTRIES = 1000
MOST_IN_A_MESSAGE = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """What the list says of a token, until when (Unix seconds; None: for ever)."""

    info: TokenInfo
    expires_at: float | None = None


class LocalList:
    """Version 0 is no list."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.version = 0
        self.enabled = True
        self._now = now
        self._tokens: dict[str, Listed] = {}

    def __len__(self) -> int:
        return len(self._tokens)

    def take(self, version: int, entries: Mapping[str, Listed | None], *, full: bool) -> str:
        """Replace the list, or change it; None takes a token off. The word of the answer, the same in all versions."""
        if not full and version <= self.version:
            return "VersionMismatch"
        tokens = {} if full else dict(self._tokens)
        for token, listed in entries.items():
            tokens.pop(token.casefold(), None)
            if listed is not None:
                tokens[token.casefold()] = listed
        if version <= 0 or len(entries) > MOST_IN_A_MESSAGE or len(tokens) > MOST_ENTRIES:
            return "Failed"
        self._tokens, self.version = tokens, version
        return "Accepted"

    def find(self, token: str) -> TokenInfo | None:
        """What the list says of a token now; None: nothing."""
        listed = self._tokens.get(token.casefold()) if self.enabled else None
        if listed is None:
            return None
        over = listed.expires_at is not None and listed.expires_at <= self._now()
        return TokenInfo("Expired", listed.info.parent) if over else listed.info
