"""Gives documents their numbers and records them. The number is the version of the event in its series' stream.

There is one writer and the version is expected, so a series has no gap and no number twice, whatever crashes. Nothing
is issued in a month that was closed, whatever the clock says.
"""

import sqlite3

import msgspec

from csms.domain import events
from csms.domain.billing import issuing
from csms.storage import reader, records, staging
from csms.storage.books import periods

_PARTIES = "INSERT INTO document_parties (number, buyer_ref, seller, buyer) VALUES (?, ?, ?, ?)"


class Press:
    """Issues the documents of one change; make one in each."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._connection = conn
        self._heads: dict[str, int] = {}
        self._given: dict[str, int] = {}

    def issue(self, made: events.DocumentIssued, of: issuing.Parties) -> events.DocumentIssued:
        """Record `made` under the next number of its series, with who sold and bought. Returns it with the number."""
        stream = events.documents_stream(made.series)
        head = self._head(stream)
        given = self._given[stream] = self._given.get(stream, 0) + 1
        day = max(made.issued_on, periods.first_open(self._connection, made.seller_id))
        issued = msgspec.structs.replace(made, number=issuing.number(made.series, head + given), issued_on=day)
        staging.stage(stream, records.New(issued), expected=head)
        buyer = None if of.buyer is None else msgspec.json.encode(of.buyer).decode()
        seller = msgspec.json.encode(of.seller).decode()
        self._connection.execute(_PARTIES, (issued.number, issued.buyer_ref, seller, buyer))
        return issued

    def _head(self, stream: str) -> int:
        if stream not in self._heads:
            self._heads[stream] = reader.Reader(self._connection, snapshot=False).head(stream).version
        return self._heads[stream]
