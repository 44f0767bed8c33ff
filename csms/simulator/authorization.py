"""May this token charge? What the charger decides by itself, with its cache and its offline rules.

Used by `charger`. Pure; tokens compare without regard to case.
"""

import dataclasses
from collections.abc import Callable

from csms.simulator import config
from csms.simulator.dialect import TokenInfo

ACCEPTED = TokenInfo("Accepted")
REFUSED = TokenInfo("Invalid")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A token that may charge, and how it came to that."""

    token: str
    kind: str = "ISO14443"
    """The type of the token; only OCPP 2.x says it."""
    parent: str | None = None
    """The group of the token."""
    remote_start_id: int | None = None
    """The order that it came with, where it did not come to the reader."""
    reservation_id: int | None = None
    """The reservation that it uses up."""


class Cache:
    """What the central system said about tokens, and the decisions that need no question.

    A local list goes before what was learnt by asking.
    """

    def __init__(self, settings: config.Settings, listed: Callable[[str], TokenInfo | None] = lambda _: None) -> None:
        self._settings = settings
        self._listed = listed
        self._known: dict[str, TokenInfo] = {}

    def learn(self, token: str, info: TokenInfo) -> None:
        """Remember an answer."""
        if self._settings.cache_enabled:
            self._known[token.casefold()] = info

    def known(self, token: str) -> TokenInfo | None:
        """What is remembered of a token."""
        return self._known.get(token.casefold())

    def forget(self, token: str) -> None:
        """Forget one token."""
        self._known.pop(token.casefold(), None)

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()

    def before_asking(self, token: str) -> TokenInfo | None:
        """The decision when the charger need not ask; None: it must."""
        known = self._listed(token) or self._known.get(token.casefold())
        return known if self._settings.pre_authorize and known is not None and known.accepted else None

    def without_asking(self, token: str) -> TokenInfo:
        """The decision when it cannot ask."""
        known = self._listed(token) or self._known.get(token.casefold())
        if known is not None:
            return known if self._settings.offline_known else REFUSED
        return ACCEPTED if self._settings.offline_unknown else REFUSED
