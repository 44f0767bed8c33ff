"""`csms config`: the effective settings and where each came from, secrets masked; or the table for README."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys

from api.cli import local, table
from csms import config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms config`: the flags of serve, to see what they would do."""
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print JSON")
    shape.add_argument("--markdown", action="store_true", help="print the table of all settings for README")
    config.add_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the settings; 2 if they are not valid."""
    if arguments.markdown:
        print(config.markdown(), end="")
        return 0
    effective = config.effective(local.settings(arguments))
    rows = [dataclasses.asdict(each) for each in effective]
    table.show(rows, ("name", "value", "source"), as_json=arguments.json, empty="")
    for name in config.unknown_variables(os.environ):
        print(f"csms: the environment has {name}", file=sys.stderr)
    return 0
