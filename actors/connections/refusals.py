"""Refusals: sign-ins that failed, and when they are worth an alert. Used by the gateway's door, one object.

A wrong password now and then is a person who mistyped; many in a row, or a certificate that is not good, is not. Each
reason alerts once a day for each charger, or address where no charger is known: an attacker must not fill the log.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from csms.domain import ids, security

LIMIT = 10_000
"""Chargers and addresses that are remembered."""
COUNTED = frozenset({"bad_credentials", "no_client_certificate", "plain_connection"})
"""Mistakes that are worth an alert only when they are repeated."""
AT_ONCE = frozenset({"certificate_revoked", "foreign_certificate"})

logger = logging.getLogger(__name__)


class Refusals:
    """`alert(kind, subject, detail, id)` raises an alert; one with the same id only once."""

    def __init__(self, alert: Callable[[str, str, str, bytes], None], now: Callable[[], datetime]) -> None:
        self._alert = alert
        self._now = now
        self._in_a_row: OrderedDict[str, int] = OrderedDict()
        self._told: OrderedDict[bytes, None] = OrderedDict()

    def refused(self, charger_id: str | None, why: str, remote: str) -> None:
        """Somebody was not let in. Without a charger it was TLS that refused, or one that nobody knows."""
        if charger_id is None:
            if why not in _STRANGERS:
                self._tell("client_certificate_refused", remote, f"a client's certificate was refused: {why}")
        elif why in AT_ONCE:
            self._tell("sign_in_refused", charger_id, f"{why} from {remote}")
        elif why in COUNTED and self._count(charger_id) == security.REPEATED:
            self._tell("sign_in_refused", charger_id, f"{why}, {security.REPEATED} times in a row, last from {remote}")

    def signed_in(self, charger_id: str) -> None:
        """It came in: what failed before was a mistake."""
        self._in_a_row.pop(charger_id, None)

    def _count(self, charger_id: str) -> int:
        count = self._in_a_row[charger_id] = self._in_a_row.pop(charger_id, 0) + 1
        _trim(self._in_a_row)
        return count

    def _tell(self, kind: str, subject: str, detail: str) -> None:
        alert_id = ids.digest(kind, subject, detail.partition(" from ")[0], self._now().date().isoformat())
        if alert_id in self._told:
            return
        self._told[alert_id] = None
        _trim(self._told)
        logger.warning("%s subject=%s detail=%s", kind, subject, detail)
        self._alert(kind, subject, detail, alert_id)


_STRANGERS = frozenset({"unknown_charger", "decommissioned", "bad_path", "bad_identity", "not_accepting"})
"""Why somebody is refused who is no charger of ours (any more): the log is enough."""


def _trim(known: OrderedDict[str, int] | OrderedDict[bytes, None]) -> None:
    while len(known) > LIMIT:
        known.popitem(last=False)
