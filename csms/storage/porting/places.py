"""Networks, stations and chargers as records."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from csms import credentials
from csms.porting import connectors
from csms.porting.columns import Column
from csms.porting.sheets import Row
from csms.storage import errors
from csms.storage.porting.kind import PAGE, Fields, Kind, Moment, plain
from csms.storage.queries.plain import time
from csms.storage.reference import chargers, networks, rows, stations


class Networks(Kind):
    """Networks, by id."""

    name = "networks"
    columns = (Column("id"), Column("name"))

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """All of them: there are few."""
        return [] if last else [_network(each) for each in networks.every(self.conn)]

    def find(self, fields: Fields) -> Fields | None:
        """By id."""
        try:
            return _network(networks.get(self.conn, fields["id"]))
        except errors.NotFound:
            return None

    def add(self, fields: Fields) -> None:
        """Add a network."""
        networks.add(self.conn, fields)

    def change(self, before: Fields, fields: Fields) -> None:
        """Change its name."""
        networks.change(self.conn, before["id"], fields)


def _network(network: networks.Network) -> Fields:
    return {"id": network.id, "name": network.name}


class Stations(Kind):
    """Stations, by id."""

    name = "stations"
    columns = (
        Column("id"),
        Column("name"),
        Column("network_id", empty=networks.DEFAULT),
        Column("address", empty=""),
        Column("city", empty=""),
        Column("postal_code"),
        Column("country", empty=""),
        Column("time_zone", empty="UTC"),
        Column("latitude", "number", inside="coordinates", part="latitude"),
        Column("longitude", "number", inside="coordinates", part="longitude"),
        Column("directions", empty=""),
        Column("opening_hours", "json"),
        Column("facilities", "words", empty=[]),
        Column("images", "json", empty=[]),
        Column("contact_name", empty="", inside="contact", part="name"),
        Column("contact_phone", empty="", inside="contact", part="phone"),
        Column("contact_email", empty="", inside="contact", part="email"),
        Column("contact_website", inside="contact", part="website"),
        Column("published", "flag", empty=False),
    )

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """By id."""
        return [self._record(each) for each in stations.some(self.conn, last["id"] if last else "", PAGE)]

    def find(self, fields: Fields) -> Fields | None:
        """By id."""
        try:
            return self._record(stations.get(self.conn, fields["id"]))
        except errors.NotFound:
            return None

    def add(self, fields: Fields) -> None:
        """Add a station."""
        stations.add(self.conn, fields)

    def change(self, before: Fields, fields: Fields) -> None:
        """Change some fields."""
        stations.change(self.conn, before["id"], fields)

    def _record(self, station: stations.Station) -> Fields:
        known = plain(station)
        return {name: known[name] for name in self.fields()}


class Chargers(Kind):
    """Chargers, by id in whatever case, with their EVSEs; without passwords.

    One that needs a password and has none gets one, which is told once.
    """

    name = "chargers"
    columns = (
        Column("id"),
        Column("station_id"),
        Column("name"),
        Column("registration", empty="accepted"),
        Column("security_profile", "integer", empty=0),
        Column("ping_interval_s", "integer"),
        Column("serial_number"),
        Column("quirks", "json"),
        Column("decommissioned_at"),
        *connectors.COLUMNS,
    )

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """With what the spreadsheet has for the EVSEs in one; `connectors` are understood too."""
        own = cls.columns[: -len(connectors.COLUMNS)]
        return (*(column.name for column in own), "evses", "connectors")

    @classmethod
    def spread(cls, record: Fields) -> Iterator[Fields]:
        """A row for each connector."""
        return connectors.spread(record)

    @classmethod
    def gathered(cls, rows: Iterator[Row]) -> Iterator[Row]:
        """From a row for each connector."""
        return connectors.gathered(rows, cls.columns)

    @classmethod
    def identity(cls, fields: Fields) -> tuple[Any, ...]:
        """Upper and lower case are the same charger."""
        return (cls.required(fields, "id").casefold(),)

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """By id."""
        return [_charger(each) for each in chargers.some(self.conn, "id > ?", (last["id"] if last else "",), PAGE)]

    def find(self, fields: Fields) -> Fields | None:
        """By id."""
        known = chargers.find(self.conn, fields["id"])
        return None if known is None else _charger(known)

    def add(self, fields: Fields) -> None:
        """Add a charger."""
        given = self._split(fields)
        chargers.add(self.conn, given, self._credential(given.get("security_profile"), None))
        self._service(fields["id"], None, fields)

    def change(self, before: Fields, fields: Fields) -> None:
        """Change some fields."""
        known = chargers.get(self.conn, before["id"])
        given = self._split(fields)
        credential = self._credential(given.get("security_profile"), known.credential)
        chargers.change(self.conn, known.id, given, credential=credential)
        self._service(known.id, before["decommissioned_at"], fields)

    @staticmethod
    def _split(fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if name != "decommissioned_at"}

    def _credential(self, profile: Any, known: str | None) -> str | None:
        self.made = credentials.charger_password() if profile in (1, 2) and known is None else None
        return None if self.made is None else credentials.hash_key(self.made)

    def _service(self, id: str, before: str | None, fields: Fields) -> None:
        """In service or out of it; a time that is there stays."""
        if "decommissioned_at" in fields and (fields["decommissioned_at"] is None) is not (before is None):
            told = rows.checked(_Service, {"decommissioned_at": fields["decommissioned_at"]})
            chargers.decommission(self.conn, id, told.decommissioned_at)


class _Service(msgspec.Struct):
    decommissioned_at: Moment | None


def _charger(charger: chargers.Charger) -> Fields:
    known = plain(charger)
    told = {name: known[name] for name in Chargers.fields() if name in known}
    return told | {"decommissioned_at": time(charger.decommissioned_at)}
