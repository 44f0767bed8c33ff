"""What a connector offers to somebody without an account: where it is, what it costs, what is held, what is in the way.

Used by the payer's pages. Only reads; whether the offer holds is asked again when somebody takes it.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from csms.domain.tariff import Tariff
from csms.storage import errors
from csms.storage.paying import creating
from csms.storage.reference import stations, tariffs

FREE_TO_USE = frozenset({"Available", "Preparing"})
_IN_THE_WAY = {"Reserved": "reserved", "Offline": "offline", "Unavailable": "out_of_order", "Faulted": "out_of_order"}


class Offer(NamedTuple):
    """`charger` and `connector` as the API shows them. `hindrance`: why nobody can pay here now, None: they can."""

    charger: Mapping[str, Any]
    connector: Mapping[str, Any]
    station: stations.Station | None
    tariff: Tariff | None
    hold: creating.Terms | None
    hindrance: str | None


def of(conn: sqlite3.Connection, charger: Mapping[str, Any], connector_id: int, now: datetime) -> Offer:
    """The offer of a connector of a charger, as GET /chargers/{id} shows that. Raises NotFound."""
    connector = next((each for each in charger["connectors"] if each["id"] == connector_id), None)
    if connector is None:
        raise errors.NotFound("connector", f"{charger['id']} {connector_id}")
    station = stations.get(conn, charger["station_id"]) if charger["station_id"] else None
    found = tariffs.in_force(
        conn,
        charger_id=charger["id"],
        connector_id=connector_id,
        station_id=charger["station_id"],
        driver_group=None,
        at=now,
    )
    tariff = None if found is None else found.tariff
    hold = None
    if tariff is not None and tariff.preauthorize is not None:
        hold = creating.Terms(tariff.preauthorize, tariff.currency)
    unpayable = "free" if tariff is None else None if hold else "not_offered"
    return Offer(charger, connector, station, tariff, hold, hindrance(charger, connector) or unpayable)


def hindrance(charger: Mapping[str, Any], connector: Mapping[str, Any]) -> str | None:
    """Why nobody can charge there now: out_of_order, offline, occupied or reserved."""
    if charger["decommissioned_at"] is not None or charger["registration"] != "accepted":
        return "out_of_order"
    if not charger["online"]:
        return "offline"
    if connector["status"] not in FREE_TO_USE:
        return _IN_THE_WAY.get(connector["status"], "occupied")
    return "occupied" if connector["session_id"] is not None else None
