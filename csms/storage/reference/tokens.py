"""The table `tokens`: what drivers present, and the surrogate by which the log knows it.

The log never holds a token's value, only its `ref`; erasing the row here makes the person unknown to the log, too.
A value that was only ever presented gets a row with registered = 0, which authorizes nothing.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from csms.domain import limits
from csms.domain.limits import Limits
from csms.storage import codec, errors
from csms.storage.reference import list_updates, rows

LONGEST = 255
Value = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver's token; types as in OCPP 2.1. Times are aware UTC; id_token is None once erased."""

    id_token: Value | None
    ref: str = ""
    type: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] = "ISO14443"
    driver_id: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    group_id: Value | None = None
    valid_from: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    valid_to: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    blocked: bool = False
    limits: Limits | None = None
    registered: bool = True
    revision: int = 1


def possible(id_token: str) -> bool:
    """Whether a token may have this value at all."""
    return 1 <= len(id_token) <= LONGEST


def intern(conn: sqlite3.Connection, id_token: str, type: str = "ISO14443") -> str:
    """The surrogate of a presented value, made if need be. Raises InvalidValue."""
    row = conn.execute("SELECT ref FROM tokens WHERE folded = ?", (id_token.casefold(),)).fetchone()
    if row:
        return str(row[0])
    token = _checked({"id_token": id_token, "type": type, "ref": rows.new_id("t"), "registered": False})
    rows.insert(conn, "tokens", _row(token), "token", masked(id_token), audited=False)
    return token.ref


def intern_all(conn: sqlite3.Connection, values: Iterable[str]) -> dict[str, str]:
    """Value -> surrogate for all of these that a token can have."""
    return {value: intern(conn, value) for value in values if possible(value)}


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Token:
    """Register a token; one that was presented before keeps its surrogate. Raises InvalidValue, AlreadyExists."""
    token = _checked({**fields, "ref": rows.new_id("t"), "registered": True, "revision": 1})
    assert token.id_token is not None, "checked above"
    known = rows.one(conn, "SELECT * FROM tokens WHERE folded = ?", token.id_token.casefold())
    if known is None:
        rows.insert(conn, "tokens", _row(token), "token", masked(token.id_token))
        return token
    if known["registered"]:
        raise errors.AlreadyExists("token", masked(token.id_token))
    token = msgspec.structs.replace(token, ref=known["ref"], revision=known["revision"] + 1)
    rows.update(conn, "tokens", token.ref, _row(token), found=known["revision"], expected=None, kind="token")
    list_updates.mark(conn, token.ref)
    return token


def get(conn: sqlite3.Connection, ref: str) -> Token:
    """The token with this surrogate. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM tokens WHERE ref = ?", ref)
    if row is None:
        raise errors.NotFound("token", ref)
    return _token(row)


def find(conn: sqlite3.Connection, id_token: str) -> Token | None:
    """The token with this value, in whatever case."""
    row = rows.one(conn, "SELECT * FROM tokens WHERE folded = ?", id_token.casefold())
    return _token(row) if row else None


def some(conn: sqlite3.Connection, after: str, limit: int) -> list[Token]:
    """The registered tokens whose values, without regard to case, follow this one."""
    query = "SELECT * FROM tokens WHERE registered = 1 AND folded > ? ORDER BY folded LIMIT ?"
    return [_token(row) for row in rows.many(conn, query, after, limit)]


def limits_of(conn: sqlite3.Connection, ref: str) -> Limits | None:
    """What the token with this surrogate may do at most."""
    row = conn.execute("SELECT limits FROM tokens WHERE ref = ?", (ref,)).fetchone()
    return None if row is None or row[0] is None else msgspec.json.decode(row[0], type=Limits)


def change(conn: sqlite3.Connection, ref: str, changes: Mapping[str, Any], expected: int | None = None) -> Token:
    """Change some fields (not its value). Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, ref)
    fixed = {"id_token": old.id_token, "ref": ref, "revision": old.revision + 1}
    new = _checked({**msgspec.to_builtins(old), **changes, **fixed}, erased=old.id_token is None)
    rows.update(conn, "tokens", ref, _row(new), found=old.revision, expected=expected, kind="token")
    list_updates.mark(conn, ref)
    return new


def erase(conn: sqlite3.Connection, ref: str) -> None:
    """Forget the value and the driver for ever; the log keeps a surrogate that leads nowhere. Raises NotFound."""
    old = get(conn, ref)
    gone = msgspec.structs.replace(
        old, id_token=None, driver_id=None, group_id=None, limits=None, registered=False, revision=old.revision + 1
    )
    rows.update(conn, "tokens", ref, _row(gone), found=old.revision, expected=None, kind="token")
    list_updates.mark(conn, ref)


def masked(id_token: str) -> str:
    """A token as messages may show it: its last four characters, fewer of a short one."""
    return "…" + id_token[len(id_token) - min(4, len(id_token) // 2) :]


def _checked(fields: Mapping[str, Any], *, erased: bool = False) -> Token:
    token = rows.checked(Token, fields)
    if token.id_token is None and not erased:
        raise errors.InvalidValue("id_token", "a token needs a value of 1 to 255 characters")
    if token.valid_from and token.valid_to and token.valid_from >= token.valid_to:
        raise errors.InvalidValue("valid_to", "must be later than valid_from")
    if token.limits is not None and (problem := limits.wrong(token.limits)) is not None:
        raise errors.InvalidValue("limits", problem)
    return token


def _row(token: Token) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(token),
        "folded": None if token.id_token is None else token.id_token.casefold(),
        "valid_from": codec.milliseconds(token.valid_from) if token.valid_from else None,
        "valid_to": codec.milliseconds(token.valid_to) if token.valid_to else None,
        "limits": None if token.limits in (None, Limits()) else msgspec.json.encode(token.limits).decode(),
        "blocked": int(token.blocked),
        "registered": int(token.registered),
    }


def _token(row: dict[str, Any]) -> Token:
    del row["folded"]
    for name in ("valid_from", "valid_to"):
        row[name] = None if row[name] is None else codec.moment(row[name])
    row["limits"] = None if row["limits"] is None else msgspec.json.decode(row["limits"], type=Limits)
    row["blocked"], row["registered"] = bool(row["blocked"]), bool(row["registered"])
    return Token(**row)
