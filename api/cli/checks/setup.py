"""Checks of what is installed and of the machine: Python, packages, their parts that matter, open files."""

from __future__ import annotations

import re
import sqlite3
import sys
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata

from api.cli import files
from api.cli.checks import Finding, ok, problem, warning
from csms import config, credentials, protocol
from csms.protocol import frames, versions

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables."""
FEW_FILES = 4096
SET_UP = "run scripts/start, which sets everything up"

_HEARTBEAT = '[2,"1","Heartbeat",{}]'
"""The same in every version of OCPP."""
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Python is new enough."""
    shown = ".".join(map(str, version))
    if version < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return problem("python", f"Python {shown}", f"install Python {oldest} or newer, then {SET_UP}")
    return ok("python", f"Python {shown}")


def packages(required: Iterable[str] | None = None) -> Finding:
    """Everything that the program needs is installed."""
    names = [*_required()] if required is None else [*required]
    missing = [name for name in names if not _installed(name)]
    if missing:
        return problem("packages", f"missing: {', '.join(missing)}", SET_UP)
    return ok("packages", f"{len(names)} installed")


def sqlite(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> Finding:
    """SQLite can do what the tables need."""
    shown = ".".join(map(str, version))
    if version < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        return problem("sqlite", f"SQLite {shown}", f"use a Python that comes with SQLite {oldest} or newer")
    return ok("sqlite", f"SQLite {shown}")


def passwords() -> Finding:
    """Passwords can be hashed and checked."""
    stored = credentials.hash_password("doctor")
    if credentials.verify_password(stored, "doctor") and not credentials.verify_password(stored, "patient"):
        return ok("passwords", "hashing works")
    return problem("passwords", "hashing does not work", f"reinstall argon2-cffi: {SET_UP}")


def schemas(subprotocols: Iterable[str] = protocol.SUBPROTOCOLS) -> Finding:
    """The OCPP schemas are there and accept a heartbeat."""
    broken = [name for name in subprotocols if not _understands(name)]
    if broken:
        return problem("ocpp", f"the schemas of {', '.join(broken)} do not work", f"reinstall ocpp: {SET_UP}")
    return ok("ocpp", ", ".join(subprotocols))


def time_zones(name: str = "Asia/Kolkata") -> Finding:
    """Stations can have a time zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return problem("time_zones", f"{name} is not known", f"reinstall tzdata: {SET_UP}")
    return ok("time_zones", "known")


def open_files(limits: tuple[int, int] | None = None) -> Finding:
    """Enough sockets may be open at once; serve raises the soft limit to the hard one by itself."""
    _, hard = files.limits() if limits is None else limits
    if hard < FEW_FILES:
        advice = f"allow {files.WANTED}: LimitNOFILE= of the systemd unit, or ulimit -Hn in the shell that starts it"
        return warning("open_files", f"at most {hard}: a few thousand chargers will not fit", advice)
    return ok("open_files", f"up to {hard}")


def environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    """No variable is spelled wrongly."""
    unknown = config.unknown_variables(environ)
    for name in unknown:
        yield warning("environment", f"{name} is no setting", "correct it or unset it; csms config shows the settings")
    if not unknown:
        yield ok("environment", "no unknown CSMS_ variables")


def _required() -> Iterator[str]:
    for line in metadata.requires("csms") or ():
        found = _NAME.match(line)
        if found is not None and "extra ==" not in line:
            yield found[0]


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _understands(subprotocol: str) -> bool:
    try:
        version = protocol.version(subprotocol)
        call = version.parse(_HEARTBEAT)
        return isinstance(call, frames.Call) and not isinstance(version.fact(call, _HEARTBEAT), versions.CallFault)
    except (LookupError, OSError, ImportError, ValueError):
        return False
