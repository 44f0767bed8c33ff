"""What a charger calculates that its transaction costs (2.1): the word of its latest event counts, whenever it comes.

A thing of the inventory (kind "transaction-costs", key the transaction's id), made by csms.protocol.v2x.cost. Events
come late, twice and out of order (rule 42), so the body says which one told: `seqNo`, `timestamp`. Pure; used by the
charger's actor.
"""

from datetime import UTC, datetime
from typing import Any

from csms.domain import inventory

KIND = "transaction-costs"


def newest(change: inventory.Change, known: inventory.Body | None) -> inventory.Change | None:
    """The change to record of a transaction's costs, beside what is known of them; None where a later event told.

    The details replace the ones before, so that nothing stays of what was not said again.
    """
    [(key, told)] = change.merge.items()
    if known is not None and "costDetails" in known and _place(told, known) < _place(known, told):
        return None
    return inventory.Change(kind=KIND, put={key: {**(known or {}), **told}})


def _place(body: inventory.Body, other: inventory.Body) -> tuple[int, float]:
    """Where it stands beside the other: by number where both have one; of equals, or without, by time."""
    numbered = body.get("seqNo") is not None and other.get("seqNo") is not None
    return body["seqNo"] if numbered else 0, _moment(body.get("timestamp"))


def _moment(text: Any) -> float:
    """Seconds; whatever is no time is older than all that is one."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return float("-inf")
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
