"""What chargers told of their settings, beside what templates want of them."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from csms.domain import selection, template, variables
from csms.domain.charger import Charger
from csms.storage.queries.campaigns import subjects
from csms.storage.reference import templates

__all__ = ["Drift", "drift", "subjects"]

_VARIABLE = "SELECT body FROM inventory WHERE charger_id = ? AND kind = ? AND key = ?"
_decode = msgspec.msgpack.Decoder(Charger).decode


class Drift(NamedTuple):
    """How one charger differs from what it should be; `targets` is all that it should be."""

    charger_id: str
    differences: list[template.Difference]
    targets: Mapping[str, template.Wanted]


def drift(
    conn: sqlite3.Connection,
    subjects: Iterable[selection.Subject],
    *,
    only: str | None = None,
) -> list[Drift]:
    """How chargers differ from all templates together; `only`: in the keys that this template decides.

    Chargers for which no template has a word are left out.
    """
    every = [each.rules for each in templates.every(conn)]
    found = []
    for subject in subjects:
        targets = template.wanted(every, subject)
        if only is not None:
            targets = {key: target for key, target in targets.items() if target.template_id == only}
        if targets:
            known = _known(conn, subject, targets)
            found.append(Drift(subject.id, template.drift(targets, known), targets))
    return found


def _known(conn: sqlite3.Connection, subject: selection.Subject, keys: Iterable[str]) -> dict[str, template.Known]:
    """What a charger last told of these keys: 1.6 in its state, 2.x in the inventory."""
    if subject.protocol != "1.6":
        found = {key: conn.execute(_VARIABLE, (subject.id, variables.KIND, key)).fetchone() for key in keys}
        return {key: _variable(row[0]) for key, row in found.items() if row is not None}
    row = conn.execute("SELECT state FROM charger_states WHERE id = ?", (subject.id,)).fetchone()
    state = Charger(id=subject.id) if row is None else _decode(row[0])
    return {key: template.Known(value, readonly) for key, (value, readonly) in state.configuration.items()}


def _variable(body: str) -> template.Known:
    actual = msgspec.json.decode(body).get("attributes", {}).get("Actual", {})
    return template.Known(actual.get("value"), actual.get("mutability") == "ReadOnly", actual.get("pending"))
