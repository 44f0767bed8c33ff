"""The table `charger_states`: the last state of every charger that ever spoke to us, connectors included."""

import msgspec

from csms.domain.charger import Charger
from csms.storage.projections.writes import Writes

_UPSERT = (
    "INSERT INTO charger_states (number, id, version, online, state) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (number) DO UPDATE SET"
    " version = excluded.version, online = excluded.online, state = excluded.state"
)

_encode = msgspec.msgpack.Encoder().encode


def row(writes: Writes, number: int, state: Charger) -> None:
    """Add the row of a charger; `number` is that of its stream."""
    writes.add(_UPSERT, (number, state.id, state.version, int(state.online), _encode(state)))
