"""All records of a kind as the text of a file, a page after the other: however many there are, few are in memory."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from csms.porting import listings, sheets
from csms.storage.porting.kind import Kind
from csms.storage.porting.running import Format


class Export:
    """A file on its way out. What changes meanwhile may be in it or not; every record is whole."""

    def __init__(self, kind: type[Kind], form: Format, now: datetime) -> None:
        self._kind, self._form, self._now = kind, form, now
        self._last: dict[str, Any] | None = None
        self._begun = self.over = False

    def more(self, conn: sqlite3.Connection) -> str:
        """The next piece, until it is `over`."""
        page = self._kind(conn, self._now).after(self._last)
        text = self._sheet(page) if self._form == "csv" else self._listing(page)
        self._begun, self.over = True, not page
        self._last = page[-1] if page else None
        return text

    def _sheet(self, page: Sequence[dict[str, Any]]) -> str:
        columns = self._kind.columns
        begin = "" if self._begun else sheets.header(columns)
        return begin + "".join(sheets.written(columns, flat) for each in page for flat in self._kind.spread(each))

    def _listing(self, page: Sequence[dict[str, Any]]) -> str:
        if not page:
            return listings.END if self._begun else listings.EMPTY
        begin = listings.BETWEEN if self._begun else listings.BEGIN
        return begin + listings.BETWEEN.join(map(listings.written, page))
