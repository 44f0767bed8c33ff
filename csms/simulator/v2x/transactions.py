"""Transactions of a 2.x charger, as far as the central system asks about them."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator import operations
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station


def _status(station: Station, call: Payload) -> Payload:
    wanted = call.get("transactionId")
    waiting = station.charger.exchange.outbox.records
    if wanted is None:
        return {"messagesInQueue": any(message.about for message in waiting)}
    keys = [key for key, entry in station.charger.ledger.entries.items() if entry.transaction_id == wanted]
    return {
        "ongoingIndicator": operations.running(station.charger, wanted) is not None,
        "messagesInQueue": any(message.about in keys for message in waiting),
    }


COMMANDS: Mapping[str, commands.Handler] = {"GetTransactionStatus": _status}
