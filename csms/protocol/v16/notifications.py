"""OCPP 1.6 security events (security whitepaper): kept as they are, answered with the empty payload."""

from collections.abc import Mapping

from csms.domain import inventory
from csms.protocol import notices, versions

_EVENT = "SecurityEventNotification"


def _nothing(_: inventory.Body) -> tuple[inventory.Change, ...]:
    return ()


INCOMING: Mapping[str, versions.Incoming] = {_EVENT: notices.row(_EVENT, _nothing)}
