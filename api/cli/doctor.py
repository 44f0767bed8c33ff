"""`csms doctor`: looks at everything that a server needs, changes nothing, and says what to do."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator

import msgspec

from api.cli.checks import Finding, certificates, data, mail, network, ok, problem, setup
from api.cli.failure import FAILED
from csms import config

_SIGNS = {"ok": "ok     ", "warning": "WARNING", "problem": "PROBLEM"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms doctor`: the flags of serve, to check what it would do."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    config.add_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check everything: 0, or 1 when there is a problem."""
    findings: list[Finding] = []
    for finding in _examine(arguments):
        findings.append(finding)
        if not arguments.json:
            print(_line(finding), flush=True)
    problems = sum(finding.level == "problem" for finding in findings)
    if arguments.json:
        print(json.dumps({"ok": problems == 0, "findings": msgspec.to_builtins(findings)}))
    elif problems:
        print(f"csms: {problems} {'problem' if problems == 1 else 'problems'}", file=sys.stderr)
    return FAILED if problems else 0


def _examine(arguments: argparse.Namespace) -> Iterator[Finding]:
    yield setup.python()
    yield setup.packages()
    yield setup.sqlite()
    yield setup.passwords()
    yield setup.schemas()
    yield setup.time_zones()
    yield setup.open_files()
    yield from setup.environment(os.environ)
    given = vars(arguments)
    try:
        settings = config.load({row.name: given.get(row.name) for row in config.table()}, os.environ)
    except config.BadSetting as error:
        for line in error.problems:
            yield problem("settings", line, "correct it; csms config shows the settings and where they come from")
        return
    yield ok("settings", "valid")
    yield data.directory(settings.data)
    yield data.space(settings.data)
    yield data.holder(settings.data)
    yield from data.database(settings.data)
    yield from network.ports(settings)
    yield from certificates.tls(settings)
    yield from certificates.authorities(settings)
    yield from certificates.of_chargers(settings)
    yield from mail.relay(settings)


def _line(finding: Finding) -> str:
    advice = f"\n{' ' * 22}-> {finding.advice}" if finding.advice else ""
    return f"{_SIGNS[finding.level]}  {finding.check:<12} {finding.found}{advice}"
