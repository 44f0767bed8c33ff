"""The table `inventory`: what each charger holds, one row a thing (csms/domain/inventory.py)."""

import msgspec

from csms.domain import events, inventory
from csms.storage import codec, records
from csms.storage.projections.writes import Writes

_CLEAR = "DELETE FROM inventory WHERE charger_id = ? AND kind = ? AND substr(key, 1, length(?)) = ?"
_DROP = "DELETE FROM inventory WHERE charger_id = ? AND kind = ? AND key = ?"
_ONLY = "DELETE FROM inventory WHERE charger_id = ? AND kind = ? AND key NOT IN (SELECT value FROM json_each(?))"
_WHERE = (
    "DELETE FROM inventory WHERE charger_id = ? AND kind = ? AND NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted"
    " WHERE json_extract(inventory.body, wanted.fullkey) IS NOT wanted.value)"
)
_PUT = (
    "INSERT INTO inventory (charger_id, kind, key, body, changed_at) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (charger_id, kind, key) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at"
)
_MERGE = (
    "INSERT INTO inventory (charger_id, kind, key, body, changed_at) VALUES (?, ?, ?, json_patch('{}', ?), ?)"
    " ON CONFLICT (charger_id, kind, key) DO UPDATE"
    " SET body = json_patch(body, ?), changed_at = excluded.changed_at"
)

_json = msgspec.json.Encoder().encode


def changed(writes: Writes, stored: records.Stored) -> None:
    """Apply an InventoryChanged."""
    event = stored.event
    if isinstance(event, events.InventoryChanged):
        charger_id, at = stored.stream.partition(":")[2], codec.milliseconds(stored.at)
        for change in event.changes:
            _apply(writes, charger_id, change, at)


def _apply(writes: Writes, charger_id: str, change: inventory.Change, at: int) -> None:
    if change.clear is not None:
        writes.add(_CLEAR, (charger_id, change.kind, change.clear, change.clear))
    for key in change.drop:
        writes.add(_DROP, (charger_id, change.kind, key))
    if change.only is not None:
        writes.add(_ONLY, (charger_id, change.kind, _json(change.only).decode()))
    if change.where is not None:
        writes.add(_WHERE, (charger_id, change.kind, _json(change.where).decode()))
    for key, body in change.put.items():
        writes.add(_PUT, (charger_id, change.kind, key, _json(body).decode(), at))
    for key, body in change.merge.items():
        text = _json(body).decode()
        writes.add(_MERGE, (charger_id, change.kind, key, text, at, text))
