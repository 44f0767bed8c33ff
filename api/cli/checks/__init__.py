"""What `csms doctor` looks at, one module a field: each check gives findings and never changes anything.

A finding is ok, a warning (it works, but not for long or not for everybody) or a problem (it does not work), and says
what to do.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["ok", "warning", "problem"]


class Finding(msgspec.Struct, frozen=True):
    """What a check found; `advice` says what to do, empty where nothing is to be done."""

    check: str
    level: Level
    found: str
    advice: str = ""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", found)


def warning(check: str, found: str, advice: str) -> Finding:
    """It works, but not for long or not for everybody."""
    return Finding(check, "warning", found, advice)


def problem(check: str, found: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(check, "problem", found, advice)
