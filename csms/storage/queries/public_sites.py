"""A published station as everybody sees it: where it is, which connectors are free now, and what charging costs.

Nothing else of it is here: no serial numbers, no sessions, nobody's name but the contact's. Chargers that are out of
service or not accepted are left out. Used by queries.locations, which chooses the stations.
"""

import builtins
import sqlite3
import zoneinfo
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from csms.domain.tariff import Tariff, explanation
from csms.storage.queries import chargers
from csms.storage.reference import assignments, stations, tariffs
from csms.storage.reference import chargers as registered

OCCUPIED = frozenset({"Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Reserved"})
"""Statuses of a connector beside which no other one of its EVSE can be used."""
_SHOWN = (
    *("id", "name", "address", "city", "postal_code", "country", "time_zone", "coordinates", "directions"),
    *("opening_hours", "facilities", "images", "contact"),
)
_DESCRIBED = ("standard", "format", "power_type", "max_power_w", "max_voltage", "max_amperage", "status")

Chargers = dict[str | None, builtins.list[registered.Charger]]


def of_stations(conn: sqlite3.Connection, ids: Sequence[str]) -> Chargers:
    """Station -> its chargers that the public may use."""
    among = ", ".join("?" * len(ids))
    where = f"station_id IN ({among}) AND registration = 'accepted' AND decommissioned_at IS NULL"
    found = defaultdict[str | None, builtins.list[registered.Charger]](builtins.list)
    for charger in registered.some(conn, where, ids):
        found[charger.station_id].append(charger)
    return found


class Sites:
    """Stations as they are now; what several connectors pay alike is looked up once."""

    def __init__(self, conn: sqlite3.Connection, now: datetime) -> None:
        self._conn, self._now = conn, now
        self._places = frozenset(assignments.places(conn))
        self._prices: dict[tuple[str | None, ...], tariffs.Applied | None] = {}

    def view(self, id: str, there: Sequence[registered.Charger], distance_km: float | None) -> dict[str, Any]:
        """What everybody sees of a station with these chargers."""
        station = stations.get(self._conn, id)
        known = msgspec.to_builtins(station)
        applied: dict[str, Tariff] = {}
        evses = [evse for charger in there for evse in self._evses(station.id, charger, applied)]
        local = self._now.astimezone(zoneinfo.ZoneInfo(station.time_zone))
        return {
            **{name: known[name] for name in _SHOWN},
            "distance_km": None if distance_km is None else round(distance_km, 3),
            "evses": evses,
            "tariffs": [_tariff(tariff_id, tariff, local) for tariff_id, tariff in applied.items()],
        }

    def _evses(
        self, station_id: str, charger: registered.Charger, applied: dict[str, Tariff]
    ) -> Iterator[dict[str, Any]]:
        """A charger's EVSEs; the tariffs that apply at their connectors are added to `applied`."""
        by_evse = defaultdict[int, builtins.list[dict[str, Any]]](builtins.list)
        for connector in chargers.live(self._conn, charger):
            by_evse[connector["evse_id"]].append(connector)
        public = {evse.id: evse.evse_id for evse in charger.evses}
        for evse_id, connectors in by_evse.items():
            shown = [self._connector(station_id, charger.id, each, connectors, applied) for each in connectors]
            yield {
                "charger_id": charger.id,
                "id": evse_id,
                "evse_id": public.get(evse_id),
                "connectors": shown,
            }

    def _connector(
        self,
        station_id: str,
        charger_id: str,
        connector: dict[str, Any],
        of_evse: Sequence[dict[str, Any]],
        applied: dict[str, Tariff],
    ) -> dict[str, Any]:
        price = self._price(station_id, charger_id, connector["id"])
        if price is not None:
            applied[price.tariff_id] = price.tariff
        return {
            "id": connector["id"],
            **{name: connector[name] for name in _DESCRIBED},
            "available": _available(connector, of_evse),
            "tariff_id": None if price is None else price.tariff_id,
        }

    def _price(self, station_id: str, charger_id: str, connector_id: int) -> tariffs.Applied | None:
        """What everybody pays who begins now; None: it is free."""
        own = assignments.connector(charger_id, connector_id)
        nearest = (
            own if ("connector", own) in self._places else None,
            charger_id if ("charger", charger_id) in self._places else None,
            station_id,
        )
        if nearest not in self._prices:
            self._prices[nearest] = tariffs.in_force(
                self._conn,
                charger_id=charger_id,
                connector_id=connector_id,
                station_id=station_id,
                driver_group=None,
                at=self._now,
            )
        return self._prices[nearest]


def _available(connector: dict[str, Any], of_evse: Sequence[dict[str, Any]]) -> bool:
    """Whether a car may be plugged in here now: an EVSE serves one at a time."""
    return connector["status"] == "Available" and not any(each["status"] in OCCUPIED for each in of_evse)


def _tariff(tariff_id: str, tariff: Tariff, local: datetime) -> dict[str, Any]:
    return {
        "id": tariff_id,
        "name": tariff.name,
        "currency": tariff.currency,
        "tax_included": tariff.tax_included,
        "now": explanation.beginning(tariff, local),
        "texts": explanation.sentences(tariff),
    }
