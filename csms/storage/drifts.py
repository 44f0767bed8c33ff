"""How all chargers differ from what templates want, remembered: to work it out takes half a second for 10,000.

What a charger told is in its stream, so its version says whether anything may have changed; so do the revisions of what
is registered of it and of the templates. Only whoever changed is looked at again. One object a node, used by the API in
the readers' threads; what one charger is to be sent is worked out anew each time (queries/templates.py).
"""

import sqlite3
import threading
from collections.abc import Collection
from typing import NamedTuple, TypeAlias

from csms.domain import selection, template
from csms.storage import queries

_VERSIONS = """SELECT chargers.id, chargers.station_id, chargers.revision, ifnull(charger_states.version, 0)
    FROM chargers LEFT JOIN charger_states ON charger_states.id = chargers.id ORDER BY chargers.id"""
_TEMPLATES = "SELECT id, revision FROM templates ORDER BY number"
_MANY = 100
"""Above so many that changed, all chargers are read together."""


class Differs(NamedTuple):
    """How a charger differs from a template."""

    charger_id: str
    differences: list[template.Difference]


_Stand: TypeAlias = tuple[str | None, int, int]
"""Station, revision of what is registered, version of what it told."""


class _Known(NamedTuple):
    """What was found when a charger was at this `stand`; `templates` are those that decide any of its keys."""

    stand: _Stand
    templates: frozenset[str]
    differences: tuple[template.Difference, ...]


class Drifts:
    """What is known of each charger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[tuple[str, int]] = []
        self._known: dict[str, _Known] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}
        """One object for the templates of thousands of chargers."""

    def of(
        self, conn: sqlite3.Connection, template_id: str, station_ids: Collection[str] | None = None
    ) -> list[Differs]:
        """Its chargers by id, with what differs in the keys that it decides; `station_ids` is what may be seen."""
        with self._lock:  # one look at a time: the second one finds what the first has learnt
            rows = conn.execute(_VERSIONS).fetchall()
            self._learn(conn, {charger_id: tuple(stand) for charger_id, *stand in rows})
            seen = [row[0] for row in rows if station_ids is None or row[1] in station_ids]
            found = [(charger_id, self._known[charger_id]) for charger_id in seen]
        return [
            Differs(charger_id, [each for each in known.differences if each.template_id == template_id])
            for charger_id, known in found
            if template_id in known.templates
        ]

    def _learn(self, conn: sqlite3.Connection, now: dict[str, _Stand]) -> None:
        rules = conn.execute(_TEMPLATES).fetchall()
        if rules != self._rules:
            self._known.clear()
            self._rules = rules
        for gone in self._known.keys() - now.keys():
            del self._known[gone]
        changed = [each for each, stand in now.items() if each not in self._known or self._known[each].stand != stand]
        found = {each.charger_id: each for each in queries.templates.drift(conn, _subjects(conn, changed))}
        for charger_id in changed:
            drift = found.get(charger_id)
            decide = frozenset(target.template_id for target in drift.targets.values()) if drift else frozenset()
            differences = tuple(drift.differences) if drift else ()
            self._known[charger_id] = _Known(now[charger_id], self._sets.setdefault(decide, decide), differences)


def _subjects(conn: sqlite3.Connection, charger_ids: list[str]) -> list[selection.Subject]:
    if len(charger_ids) > _MANY:
        wanted = frozenset(charger_ids)
        return [each for each in queries.templates.subjects(conn, None) if each.id in wanted]
    return [subject for each in charger_ids for subject in queries.templates.subjects(conn, None, each)]
