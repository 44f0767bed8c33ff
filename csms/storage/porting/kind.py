"""What a kind of record must offer to be moved in and out."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeAlias

import msgspec

from csms.porting.columns import Column
from csms.porting.sheets import Row
from csms.storage import errors

Fields: TypeAlias = dict[str, Any]
"""A record by field name, JSON-able."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
PAGE = 500
"""Records that are read together for an export."""


def plain(value: Any) -> Any:
    """A value as JSON has it: lists, not tuples, so that it can be compared with what comes from a file."""
    return msgspec.json.decode(msgspec.json.encode(value))


class Kind:
    """One kind, at work on a connection at a time that counts as now.

    Records are found, added and changed by the functions of csms.storage.reference, which have the rules. What they
    raise is told as the problem of a row.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    key: ClassVar[str] = "id"
    """The field that an unacceptable key is told of."""

    def __init__(self, conn: sqlite3.Connection, now: datetime) -> None:
        self.conn, self.now = conn, now
        self.made: str | None = None
        """A password that the last `add` or `change` made."""

    # -- In files --

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """The fields of its records in JSON."""
        return tuple(dict.fromkeys(column.field for column in cls.columns))

    @classmethod
    def spread(cls, record: Fields) -> Iterator[Fields]:
        """The flat rows of a record."""
        yield record

    @classmethod
    def gathered(cls, rows: Iterator[Row]) -> Iterator[Row]:
        """The records of flat rows."""
        return rows

    @classmethod
    def identity(cls, fields: Fields) -> tuple[Any, ...]:
        """What must be there only once in a file. Raises InvalidValue for a record without it."""
        return (cls.required(fields, cls.key),)

    @staticmethod
    def required(fields: Fields, name: str) -> str:
        """A text that must be there. Raises InvalidValue."""
        value = fields.get(name)
        if not isinstance(value, str) or not value:
            raise errors.InvalidValue(name, "is missing: the file is matched by it with what is there")
        return value

    @staticmethod
    def optional(fields: Fields, name: str) -> str | None:
        """A text that need not be there. Raises InvalidValue for what is none."""
        value = fields.get(name)
        if not isinstance(value, str | None):
            raise errors.InvalidValue(name, "must be text, or nothing")
        return value

    # -- In tables --

    def after(self, last: Fields | None) -> Sequence[Fields]:
        """The records that follow the `last` one, a page of them, or all together; none is the end."""
        raise NotImplementedError

    def find(self, fields: Fields) -> Fields | None:
        """The record that is there already, with every field."""
        raise NotImplementedError

    def add(self, fields: Fields) -> None:
        """Add a record. Raises the errors of csms.storage.errors."""
        raise NotImplementedError

    def doubt(self, fields: Fields) -> tuple[str, str] | None:
        """A field of a record that is new, and why it may not have been meant."""
        return None

    def change(self, before: Fields, fields: Fields) -> None:
        """Change the record that is `before`. Raises the errors of csms.storage.errors."""
        raise NotImplementedError
