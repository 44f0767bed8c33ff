"""Tariffs and their assignments as JSON shows them: decimals as text, every field there."""

import sqlite3
from typing import Any

import msgspec

from csms.domain.tariff import explanation
from csms.domain.tariff.findings import findings
from csms.storage.queries import plain
from csms.storage.reference import tariffs
from csms.storage.reference.assignments import Assignment
from csms.storage.reference.tariffs import Applied, Considered, Versioned


def every(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """All tariffs by name, each in its newest version."""
    return [view(each) for each in tariffs.every(conn)]


def versions(conn: sqlite3.Connection, id: str) -> list[dict[str, Any]]:
    """All versions of a tariff, the newest first. Raises NotFound."""
    return [view(each) for each in reversed(tariffs.versions(conn, id))]


def view(made: Versioned) -> dict[str, Any]:
    """A version of a tariff, with what may not have been meant."""
    tariff = made.tariff
    return {
        "id": made.id,
        "version": made.version,
        "from_at": plain.time(made.from_at),
        "name": tariff.name,
        "type": tariff.type,
        "currency": tariff.currency,
        "tax_included": tariff.tax_included,
        "elements": msgspec.to_builtins(tariff.elements),
        "idle_grace_s": tariff.idle_grace_s,
        "min_price": msgspec.to_builtins(tariff.min_price),
        "max_price": msgspec.to_builtins(tariff.max_price),
        "preauthorize": msgspec.to_builtins(tariff.preauthorize),
        "valid_from": plain.time(tariff.valid_from),
        "valid_to": plain.time(tariff.valid_to),
        "findings": msgspec.to_builtins(findings(tariff)),
        "revision": made.version,
    }


def explained(made: Versioned) -> dict[str, Any]:
    """The same in words."""
    return {
        "id": made.id,
        "version": made.version,
        "sentences": explanation.sentences(made.tariff),
        "findings": msgspec.to_builtins(findings(made.tariff)),
    }


def assignment(made: Assignment) -> dict[str, Any]:
    """What a place has from a time on."""
    return {
        "id": made.id,
        "place": made.place,
        "subject": made.subject,
        "tariff_id": made.tariff_id,
        "from_at": plain.time(made.from_at),
    }


def choice(applied: Applied | None, considered: tuple[Considered, ...]) -> dict[str, Any]:
    """Which tariff applies somewhere, and why."""
    return {
        "tariff_id": None if applied is None else applied.tariff_id,
        "version": None if applied is None else applied.version,
        "place": None if applied is None else applied.place,
        "subject": None if applied is None else applied.subject,
        "prices": [] if applied is None else explanation.headline(applied.tariff),
        "considered": msgspec.to_builtins(considered),
    }
