"""The tables `templates` (what chargers should be set to) and `configured` (which got theirs at their first boot)."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from csms.domain import charger, selection, template, variables
from csms.storage import codec, errors
from csms.storage.reference import audit, rows

KIND = "template"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template as people write it."""

    id: str
    name: Name
    match: selection.Selection = selection.Selection()
    settings: Annotated[dict[template.Key, template.Value], msgspec.Meta(min_length=1, max_length=500)]
    enforce: bool = False
    revision: int = 1

    @property
    def rules(self) -> template.Template:
        """What the domain makes of it."""
        return template.Template(id=self.id, match=self.match, settings=self.settings, enforce=self.enforce)


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Template:
    """Add a template. Raises InvalidValue."""
    made = _checked({**fields, "id": rows.new_id("t"), "revision": 1})
    with audit.changing(conn, "templates", made.id, kind=KIND):
        conn.execute("INSERT INTO templates (id, details, revision) VALUES (?, ?, 1)", (made.id, _details(made)))
    return made


def get(conn: sqlite3.Connection, id: str) -> Template:
    """One template. Raises NotFound."""
    row = rows.one(conn, "SELECT id, details, revision FROM templates WHERE id = ?", id)
    if row is None:
        raise errors.NotFound(KIND, id)
    return _template(row)


def every(conn: sqlite3.Connection) -> list[Template]:
    """All templates, the oldest first."""
    return [_template(row) for row in rows.many(conn, "SELECT id, details, revision FROM templates ORDER BY number")]


def change(conn: sqlite3.Connection, id: str, changes: Mapping[str, Any], expected: int | None = None) -> Template:
    """Change some fields; nothing is sent to chargers by this. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    rows.guard(KIND, id, old.revision, expected)
    new = _checked({**msgspec.to_builtins(old), **changes, "id": id, "revision": old.revision + 1})
    with audit.changing(conn, "templates", id, kind=KIND):
        conn.execute("UPDATE templates SET details = ?, revision = ? WHERE id = ?", (_details(new), new.revision, id))
    return new


def remove(conn: sqlite3.Connection, id: str, expected: int | None = None) -> None:
    """Remove a template; chargers stay as they are. Raises NotFound, RevisionMismatch."""
    rows.guard(KIND, id, get(conn, id).revision, expected)
    rows.delete(conn, "templates", id, kind=KIND)


def enforcing(conn: sqlite3.Connection) -> bool:
    """Whether any template corrects chargers."""
    return conn.execute("SELECT 1 FROM templates WHERE details ->> '$.enforce' LIMIT 1").fetchone() is not None


def is_configured(conn: sqlite3.Connection, charger_id: str) -> bool:
    """Whether this charger had its first boot; a charger that is removed and added again has another one."""
    return conn.execute("SELECT 1 FROM configured WHERE charger_id = ?", (charger_id,)).fetchone() is not None


def configured(conn: sqlite3.Connection, charger_id: str, now: datetime) -> bool:
    """It has it now; False where it had it before, or is not registered."""
    query = """INSERT INTO configured (charger_id, at) SELECT id, ? FROM chargers WHERE id = ?
        ON CONFLICT (charger_id) DO NOTHING"""
    return bool(conn.execute(query, (codec.milliseconds(now), charger_id)).rowcount)


def _checked(fields: Mapping[str, Any]) -> Template:
    made = rows.checked(Template, fields)
    secret = next((key for key in made.settings if charger.is_secret(variables.name(key))), None)
    if secret is not None:
        raise errors.InvalidValue(
            "settings", f"{secret} is a secret, and templates are shown: set it with set-configuration"
        )
    return made


def _details(made: Template) -> str:
    fields = msgspec.to_builtins(made)
    return msgspec.json.encode({name: fields[name] for name in ("name", "match", "settings", "enforce")}).decode()


def _template(row: Mapping[str, Any]) -> Template:
    details = msgspec.json.decode(row["details"])
    return msgspec.convert({**details, "id": row["id"], "revision": row["revision"]}, Template)
