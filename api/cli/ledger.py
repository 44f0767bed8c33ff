"""`csms ledger check|balances`: the books. Only reads, server or not."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.cli import local, table
from api.cli.failure import FAILED, Failure
from csms import config
from csms.domain import money
from csms.integrations import payment
from csms.integrations.payment import providers
from csms.storage.paying import checking

MARGIN = timedelta(days=1)
"""How much older than our first payment a provider's list is asked for, for clocks that differ."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms ledger`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="prove that the ledger balances and agrees with bills and providers")
    check.add_argument("--offline", action="store_true", help="do not ask the payment providers")
    balances = actions.add_parser("balances", help="what every account has come to")
    for each in (check, balances):
        local.add_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms ledger`."""
    settings = local.settings(arguments)
    if arguments.action == "balances":
        return _balances(settings.data, as_json=arguments.json)
    return _check(settings, offline=arguments.offline, as_json=arguments.json)


def _check(settings: config.Settings, *, offline: bool, as_json: bool) -> int:
    with local.reading(settings.data) as conn:
        found = list(checking.findings(conn, datetime.now(UTC)))
        for name in () if offline else _named(conn):
            found += checking.against(conn, name, _holds(settings, name, checking.oldest(conn, name)))
        lines = conn.execute("SELECT count(*) FROM ledger").fetchone()[0]
        payments = conn.execute("SELECT count(*) FROM payments").fetchone()[0]
    wrong = [each for each in found if each.wrong]
    if as_json:
        told = [each._asdict() for each in found]
        print(json.dumps({"ok": not wrong, "lines": lines, "payments": payments, "findings": told}))
        return FAILED if wrong else 0
    for each in found:
        print(f"{'' if each.wrong else '(open) '}{each.subject}: {each.why}")
    if wrong:
        print(f"csms: the books are not right: {len(wrong)} findings", file=sys.stderr)
        return FAILED
    print(f"the ledger balances: {lines} lines; {payments} payments agree with bills and providers")
    return 0


def _named(conn: sqlite3.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT DISTINCT gateway FROM payments ORDER BY gateway")]


def _holds(settings: config.Settings, name: str, since: datetime | None) -> list[payment.Held]:
    """What a provider has. Raises Failure when it does not say."""
    import trio  # nothing else needs it

    if since is None:
        return []
    try:
        return list(trio.run(_asked, settings, name, since - MARGIN))
    except payment.PaymentError as error:
        raise Failure(f"{name}: {error}; --offline checks our own books only") from error


async def _asked(settings: config.Settings, name: str, since: datetime) -> Sequence[payment.Held]:
    gateways = providers.made(settings)
    try:
        return await providers.of(gateways, name).holds(since)
    finally:
        for gateway in gateways.values():
            await gateway.close()


def _balances(data: Path, *, as_json: bool) -> int:
    query = "SELECT account, currency, sum(amount) FROM ledger GROUP BY account, currency ORDER BY account, currency"
    with local.reading(data) as conn:
        rows: list[dict[str, Any]] = [
            {
                "account": account,
                "amount": money.text(money.from_minor(units, currency), currency),
                "currency": currency,
            }
            for account, currency, units in conn.execute(query)
        ]
    columns = ("account", "amount", "currency")
    table.show(rows, columns, as_json=as_json, empty="Nothing is booked yet.")
    return 0
