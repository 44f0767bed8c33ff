"""Tariffs and where they are assigned, as records: what holds now, and what is planned. History stays in the log.

A record without `from_at` holds already: where it is imported it is in the tables, or holds from then on.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from csms.porting.columns import Column
from csms.storage import errors
from csms.storage.porting.kind import Fields, Kind, Moment, plain
from csms.storage.queries.plain import time
from csms.storage.reference import assignments, chargers, networks, rows, stations, tariffs
from csms.storage.reference.tariffs import Versioned


class _From(msgspec.Struct):
    from_at: Moment | None = None


def _from(fields: Mapping[str, Any]) -> datetime | None:
    """From when on a record holds. Raises InvalidValue."""
    return rows.checked(_From, {"from_at": fields.get("from_at")}).from_at


class Tariffs(Kind):
    """Tariffs, by id; a change that is planned is another record with `from_at`."""

    name = "tariffs"
    columns = (
        Column("id"),
        Column("from_at"),
        Column("name"),
        Column("type"),
        Column("currency"),
        Column("tax_included", "flag", empty=False),
        Column("elements", "json"),
        Column("idle_grace_s", "integer", empty=0),
        Column("min_price", "json"),
        Column("max_price", "json"),
        Column("preauthorize"),
        Column("valid_from"),
        Column("valid_to"),
    )

    @classmethod
    def identity(cls, fields: Fields) -> tuple[Any, ...]:
        """One record for each time."""
        return cls.required(fields, "id"), _from(fields)

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """All of them: there are few."""
        if last is not None:
            return []
        known = sorted(each.id for each in tariffs.every(self.conn))
        return [record for tariff_id in known for record in self._records(tariff_id)]

    def find(self, fields: Fields) -> Fields | None:
        """By id and time."""
        wanted = time(_from(fields))
        return next((known for known in self._records(fields["id"]) if known["from_at"] == wanted), None)

    def add(self, fields: Fields) -> None:
        """Add a tariff, or a change in advance."""
        given = self._without_time(fields)
        if (since := _from(fields)) is None:
            tariffs.add(self.conn, given)
        else:
            self._change(fields["id"], given, since)

    def change(self, before: Fields, fields: Fields) -> None:
        """Make a new version."""
        self._change(before["id"], self._without_time(before) | self._without_time(fields), _from(fields))

    def _change(self, id: str, fields: Fields, since: datetime | None) -> None:
        tariffs.change(self.conn, id, fields, now=self.now, from_at=since)

    @staticmethod
    def _without_time(fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if name != "from_at"}

    def _records(self, id: str) -> list[Fields]:
        """What holds now, and what will: of those that hold from the same time the newest."""
        try:
            holds = tariffs.holding(self.conn, id, self.now)
        except errors.NotFound:
            return []
        planned = {
            each.from_at: each
            for each in tariffs.versions(self.conn, id)
            if each.from_at is not None and each.from_at > self.now
        }
        later = [self._record(each, time(since)) for since, each in sorted(planned.items())]
        return [self._record(holds, None), *later]

    def _record(self, made: Versioned, since: str | None) -> Fields:
        told = {name: getattr(made.tariff, name) for name in made.tariff.__struct_fields__}
        known = {name: _plain(value) for name, value in told.items()}
        return {name: known.get(name) for name in self.fields()} | {"from_at": since}


def _plain(value: Any) -> Any:
    """As in JSON; a time in UTC, however it was said."""
    return time(value.astimezone(UTC)) if isinstance(value, datetime) else plain(value)


class Assignments(Kind):
    """Which tariff is for which place, by place, subject and time; no tariff: none of its own from then on."""

    name = "assignments"
    columns = (Column("place"), Column("subject"), Column("tariff_id"), Column("from_at"))
    key = "subject"

    @classmethod
    def identity(cls, fields: Fields) -> tuple[Any, ...]:
        """One record for each time."""
        return cls.required(fields, "place"), cls.required(fields, "subject"), _from(fields)

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """All of them: there are few. Those of places that are gone are left out."""
        return [] if last else list(self._all())

    def find(self, fields: Fields) -> Fields | None:
        """By place, subject and time."""
        since, (place, subject) = _from(fields), self._place(fields)
        return next((known for known in self._records(place, subject) if known["from_at"] == time(since)), None)

    def add(self, fields: Fields) -> None:
        """Assign a tariff."""
        place, subject = self._place(fields)
        tariff_id, since = self.optional(fields, "tariff_id"), _from(fields)
        assignments.assign(self.conn, place, subject, tariff_id, now=self.now, from_at=since)

    def change(self, before: Fields, fields: Fields) -> None:
        """Assign another one."""
        self.add(before | fields)

    def _all(self) -> Iterator[Fields]:
        for place, subject in assignments.places(self.conn):
            try:
                self._place({"place": place, "subject": subject})
            except errors.StorageError:
                continue
            yield from self._records(place, subject)

    def _records(self, place: assignments.Place, subject: str) -> list[Fields]:
        known = assignments.at(self.conn, place, subject, self.now)
        told = assignments.of_place(self.conn, place, subject)
        now = [] if known is None or known.tariff_id is None else [(known.tariff_id, None)]
        later = [(each.tariff_id, each.from_at) for each in told if each.from_at and each.from_at > self.now]
        return [
            {"place": place, "subject": subject, "tariff_id": tariff_id, "from_at": time(since)}
            for tariff_id, since in (*now, *later)
        ]

    def _place(self, fields: Fields) -> tuple[assignments.Place, str]:
        """Where it is, as it is spelled. Raises NotFound, InvalidValue."""
        subject: str = fields["subject"]
        match fields["place"]:
            case "network":
                return "network", networks.get(self.conn, subject).id
            case "station":
                return "station", stations.get(self.conn, subject).id
            case "charger":
                return "charger", chargers.get(self.conn, subject).id
            case "connector":
                charger, _, number = subject.rpartition("/")
                known = chargers.get(self.conn, charger)
                if number not in map(str, known.connector_ids):
                    raise errors.InvalidValue("subject", f"{known.id} has no connector {number}: CP-01/1 is one")
                return "connector", assignments.connector(known.id, int(number))
            case "driver_group":
                return "driver_group", subject
            case _:
                raise errors.InvalidValue("place", f"must be one of {', '.join(assignments.PLACES)}")
