"""The table `charts`: what a seller's accountant calls our accounts, and what the exports have to say of the seller."""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from csms.domain import books
from csms.storage.reference import rows, sellers

Key = Annotated[str, Meta(pattern=r"^(receivables|revenue|bank|goodwill|provider(:.+)?|tax(:.+){0,2})$", max_length=60)]


class Chart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A seller's chart: `accounts` by ours (tax:VAT:19, or tax:VAT for all rates); what is not named has its default.

    `datev` is for DATEV, `company` the name of the company in Tally (empty: the seller's).
    """

    accounts: dict[Key, books.Account] = {}
    datev: books.Office = msgspec.field(default_factory=books.Office)
    company: Annotated[str, Meta(max_length=100)] = ""


def get(conn: sqlite3.Connection, seller_id: str) -> Chart:
    """A seller's chart; the defaults where nobody set one. Raises NotFound for a seller that is not there."""
    sellers.get(conn, seller_id)
    row = rows.one(conn, "SELECT details FROM charts WHERE id = ?", seller_id)
    return Chart() if row is None else msgspec.json.decode(row["details"], type=Chart)


def put(conn: sqlite3.Connection, seller_id: str, fields: Mapping[str, Any]) -> Chart:
    """Set a seller's chart, all of it. Raises NotFound, InvalidValue."""
    sellers.get(conn, seller_id)
    chart = rows.checked(Chart, fields)
    row = {"id": seller_id, "details": msgspec.json.encode(chart).decode()}
    known = rows.one(conn, "SELECT revision FROM charts WHERE id = ?", seller_id)
    if known is None:
        rows.insert(conn, "charts", row | {"revision": 1}, "chart", seller_id)
    else:
        rows.update(conn, "charts", seller_id, row, found=known["revision"], expected=None, kind="chart")
    return chart


def every(conn: sqlite3.Connection, seller_id: str) -> dict[str, books.Account]:
    """The chart with the defaults, and with what every account is called that the seller has used."""
    chart = get(conn, seller_id)
    used = {row[0] for row in conn.execute("SELECT DISTINCT account FROM ledger")}
    names = sorted({*books.DEFAULTS, *chart.accounts, *used})
    return {name: books.called(name, chart.accounts) for name in names}
