"""`csms ledger check|trace|balances|export|reconcile`: the books.

Only reads, with or without a server; reconciling is the server's.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from api.cli import local, table
from api.cli.failure import FAILED, Failure
from csms import config
from csms.domain import books, money
from csms.integrations import payment
from csms.integrations.payment import providers
from csms.printing import datev
from csms.storage import control, queries
from csms.storage.books import exporting
from csms.storage.paying import checking, reconciling, tracing
from csms.storage.queries import page
from csms.storage.reference import sellers

_LOOK_S = 0.1


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms ledger`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="prove that the ledger balances and agrees with bills and providers")
    check.add_argument("--offline", action="store_true", help="do not ask the payment providers")
    trace = actions.add_parser("trace", help="every session's money: price, document, payment, capture, refunds")
    trace.add_argument("session", metavar="SESSION", nargs="?", help="one session; all of them if not said")
    balances = actions.add_parser("balances", help="what every account has come to")
    reconcile = actions.add_parser("reconcile", help="have the running server compare payments with the providers now")
    reconcile.add_argument("--wait", type=float, default=60.0, metavar="S", help="how long to wait for the end (60)")
    export = actions.add_parser("export", help="a month's journal for the accountant, to stdout")
    export.add_argument("period", metavar="PERIOD", help="such as 2026-03")
    export.add_argument("--format", choices=get_args(exporting.Format), default="csv")
    export.add_argument("--seller", metavar="ID", default=sellers.DEFAULT)
    export.add_argument("--currency", metavar="CODE", help="of DATEV and Tally, where the month has several")
    local.add_data(export)
    for each in (check, trace, balances, reconcile):
        local.add_data(each)
        each.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run `csms ledger`."""
    settings = local.settings(arguments)
    if arguments.action == "balances":
        return _balances(settings.data, as_json=arguments.json)
    if arguments.action == "trace":
        return _trace(settings.data, arguments.session, as_json=arguments.json)
    if arguments.action == "export":
        return _export(settings.data, arguments)
    if arguments.action == "reconcile":
        return _reconcile(settings.data, arguments.wait, as_json=arguments.json)
    return _check(settings, offline=arguments.offline, as_json=arguments.json)


def _check(settings: config.Settings, *, offline: bool, as_json: bool) -> int:
    with local.reading(settings.data) as conn:
        found = list(checking.findings(conn, datetime.now(UTC)))
        for name, since in () if offline else reconciling.gateways(conn).items():
            found += checking.against(conn, name, _holds(settings, name, since))
        lines = conn.execute("SELECT count(*) FROM ledger").fetchone()[0]
        payments = conn.execute("SELECT count(*) FROM payments").fetchone()[0]
        traced = Counter(each.status for each in tracing.traces(conn))
    wrong = [each for each in found if each.wrong]
    if as_json:
        told = [each._asdict() for each in found]
        print(json.dumps({"ok": not wrong, "lines": lines, "payments": payments, "sessions": traced, "findings": told}))
        return FAILED if wrong else 0
    for each in found:
        print(f"{'' if each.wrong else '(open) '}{each.subject}: {each.why}")
    if wrong:
        print(f"csms: the books are not right; findings: {len(wrong)}", file=sys.stderr)
        return FAILED
    agree = "1 payment agrees" if payments == 1 else f"{payments} payments agree"
    print(f"the ledger balances: {lines} lines; {agree} with bills and providers")
    became = ", ".join(f"{count} {status}" for status, count in sorted(traced.items()))
    print(f"every session is traced: {became or 'there is none yet'}")
    return 0


def _trace(data: Path, session_id: str | None, *, as_json: bool) -> int:
    with local.reading(data) as conn:
        found = list(tracing.traces(conn, session_id))
    if session_id is not None and not found:
        raise Failure(f"no session {session_id} is completed: csms replay {session_id} shows what it is")
    rows = [each._asdict() for each in found]
    table.show(rows, tracing.Trace._fields, as_json=as_json, empty="No session is completed yet.")
    return 0


def _holds(settings: config.Settings, name: str, since: datetime) -> list[payment.Held]:
    """What a provider has. Raises Failure when it does not say."""
    import trio  # nothing else needs it

    try:
        return trio.run(_asked, settings, name, since)
    except payment.PaymentError as error:
        raise Failure(f"{name}: {error}; --offline checks our own books only") from error


async def _asked(settings: config.Settings, name: str, since: datetime) -> list[payment.Held]:
    gateways = providers.made(settings)
    try:
        return [held async for held in payment.holds(providers.of(gateways, name), since)]
    finally:
        for gateway in gateways.values():
            await gateway.close()


def _reconcile(data: Path, seconds: float, *, as_json: bool) -> int:
    """Order it, wait for its end, and tell what differs. Raises Failure without a server, or when it takes longer."""
    try:
        ids = control.ask(data, "ledger.reconcile", {})["ids"]
    except (control.NoServer, control.NoAnswer, control.Refused) as error:
        raise Failure(str(error)) from error
    deadline = time.monotonic() + seconds
    with local.reading(data) as conn:
        while any(queries.books.reconciliation(conn, each)["ended_at"] is None for each in ids):
            if time.monotonic() > deadline:
                raise Failure(f"it goes on, as soon as the provider answers: GET /api/v1/reconciliations/{ids[0]}")
            time.sleep(_LOOK_S)
        found = queries.books.differences(conn, limit=page.LARGEST)["items"]
    columns = ("found_at", "gateway", "kind", "subject", "detail", "advice")
    table.show(found, columns, as_json=as_json, empty="Our payments and the providers' lists agree.")
    return FAILED if found else 0


def _export(data: Path, arguments: argparse.Namespace) -> int:
    asked = arguments.seller, arguments.period, arguments.format, datetime.now(UTC), arguments.currency
    try:
        with local.reading(data) as conn:
            file = exporting.made(conn, *asked)
    except (books.NoPeriod, datev.Unexportable) as error:
        raise Failure(str(error)) from error
    sys.stdout.buffer.write(file.content)
    return 0


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
