"""Groups, drivers and tokens as records. Passwords and logins stay where they are."""

from collections.abc import Sequence
from typing import Any

from csms.porting.columns import Column
from csms.storage import errors
from csms.storage.porting.kind import PAGE, Fields, Kind, plain
from csms.storage.queries.plain import time
from csms.storage.reference import drivers, groups, tokens, users

LONGEST_CUT = 8
"""Zeros in front of a card's number that are looked for."""


class Groups(Kind):
    """Groups, by id."""

    name = "groups"
    columns = (Column("id"), Column("name"))

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """All of them: there are few."""
        return [] if last else [_group(each) for each in groups.every(self.conn)]

    def find(self, fields: Fields) -> Fields | None:
        """By id."""
        try:
            return _group(groups.get(self.conn, fields["id"]))
        except errors.NotFound:
            return None

    def add(self, fields: Fields) -> None:
        """Add a group."""
        groups.add(self.conn, fields)

    def change(self, before: Fields, fields: Fields) -> None:
        """Change its name."""
        groups.change(self.conn, before["id"], fields)


def _group(group: groups.Group) -> Fields:
    return {"id": group.id, "name": group.name}


class Drivers(Kind):
    """Drivers, by id, or by email where a file has no id. They set a new password where they come to."""

    name = "drivers"
    columns = (
        Column("id"),
        Column("email"),
        Column("name", empty=""),
        Column("group_id"),
        Column("language"),
        Column("phone"),
        Column("vehicles", "json", empty=[]),
        Column("preferences", "json", empty={}),
        Column("disabled", "flag", empty=False),
    )
    key = "email"

    @classmethod
    def identity(cls, fields: Fields) -> tuple[Any, ...]:
        """The email: nobody has that of somebody else."""
        return (cls.required(fields, "email").casefold(),)

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """By id."""
        return [self._record(each) for each in drivers.some(self.conn, last["id"] if last else "", PAGE)]

    def find(self, fields: Fields) -> Fields | None:
        """By id, else by email."""
        wanted = self.optional(fields, "id")
        if wanted is None:
            user = users.find(self.conn, fields["email"])
            wanted = None if user is None else user.id
        known = None if wanted is None else drivers.find(self.conn, wanted)
        return None if known is None else self._record(known)

    def add(self, fields: Fields) -> None:
        """Add a driver."""
        drivers.add(self.conn, {name: value for name, value in fields.items() if (name, value) != ("id", None)})

    def change(self, before: Fields, fields: Fields) -> None:
        """Change some fields."""
        drivers.change(self.conn, before["id"], {name: value for name, value in fields.items() if name != "id"})

    def _record(self, driver: drivers.Driver) -> Fields:
        known = plain(driver)
        return {name: known[name] for name in self.fields()}


class Tokens(Kind):
    """Registered tokens, by what is presented, in whatever case."""

    name = "tokens"
    columns = (
        Column("id_token"),
        Column("type", empty="ISO14443"),
        Column("driver_id"),
        Column("group_id"),
        Column("valid_from"),
        Column("valid_to"),
        Column("blocked", "flag", empty=False),
        Column("limits", "json"),
    )
    key = "id_token"

    @classmethod
    def identity(cls, fields: Fields) -> tuple[Any, ...]:
        """Upper and lower case are the same token."""
        return (cls.required(fields, "id_token").casefold(),)

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """By value."""
        after = last["id_token"].casefold() if last else ""
        return [_token(each) for each in tokens.some(self.conn, after, PAGE)]

    def find(self, fields: Fields) -> Fields | None:
        """By value; one that was only presented is not there yet."""
        known = tokens.find(self.conn, fields["id_token"])
        return None if known is None or not known.registered else _token(known)

    def add(self, fields: Fields) -> None:
        """Register a token."""
        tokens.add(self.conn, fields)

    def doubt(self, fields: Fields) -> tuple[str, str] | None:
        """A spreadsheet that took a card's number for a number cut the zeros in front."""
        value = fields["id_token"]
        if not value.isdecimal() or value.startswith("0"):
            return None
        longer = ("0" * zeros + value for zeros in range(1, LONGEST_CUT + 1))
        known = next((each for each in longer if self.find({"id_token": each}) is not None), None)
        return known and ("id_token", f"{known} is there, and this is another one: did a spreadsheet cut the zeros?")

    def change(self, before: Fields, fields: Fields) -> None:
        """Change some fields."""
        known = tokens.find(self.conn, before["id_token"])
        assert known is not None, "it was found"
        tokens.change(self.conn, known.ref, fields)


def _token(token: tokens.Token) -> Fields:
    return {
        "id_token": token.id_token,
        "type": token.type,
        "driver_id": token.driver_id,
        "group_id": token.group_id,
        "valid_from": time(token.valid_from),
        "valid_to": time(token.valid_to),
        "blocked": token.blocked,
        "limits": plain(token.limits),
    }
