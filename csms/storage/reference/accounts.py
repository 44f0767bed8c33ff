"""The tables `accounts` and `account_members`: fleets that pay by monthly invoice, and whose sessions these are.

A session is an account's if its token, or else its driver, is a member at the time it ends.
"""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from csms.domain.billing import parties
from csms.storage import errors
from csms.storage.reference import drivers, mails, rows, stations

CostCentre = Annotated[str, msgspec.Meta(max_length=60)]


class Account(parties.Party, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fleet. `internal`: nobody pays for its sessions; `payment_days`: instead of the seller's.

    `language` is the BCP 47 tag of what its bills are written in. `reverse_charge`: sellers of other states of the
    European Union bill it without VAT, which it owes itself; needs its VAT number.
    """

    id: stations.Id = ""
    internal: bool = False
    payment_days: Annotated[int, msgspec.Meta(ge=0, le=365)] | None = None
    language: drivers.Language | None = None
    reverse_charge: bool = False
    revision: int = 1


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A driver or a token (by its id) of a fleet, and who pays inside of it."""

    account_id: str
    id: str = ""
    driver_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    cost_centre: CostCentre | None = None


def add(conn: sqlite3.Connection, fields: Mapping[str, Any]) -> Account:
    """Add an account; without an `id` it gets one. Raises InvalidValue, AlreadyExists."""
    account = _checked({"id": rows.new_id("ac"), **fields, "revision": 1})
    _require_mailable(account)
    rows.insert(conn, "accounts", _row(account), "account", account.id)
    return account


def get(conn: sqlite3.Connection, id: str) -> Account:
    """One account. Raises NotFound."""
    row = rows.one(conn, "SELECT * FROM accounts WHERE id = ?", id)
    if row is None:
        raise errors.NotFound("account", id)
    return _account(row)


def every(conn: sqlite3.Connection) -> list[Account]:
    """All accounts by name."""
    return [_account(row) for row in rows.many(conn, "SELECT * FROM accounts ORDER BY name, id")]


def change(conn: sqlite3.Connection, id: str, changes: Mapping[str, Any], expected: int | None = None) -> Account:
    """Change some fields. Raises NotFound, InvalidValue, RevisionMismatch."""
    old = get(conn, id)
    new = _checked({**msgspec.to_builtins(old), **changes, "id": id, "revision": old.revision + 1})
    if new.email != old.email:
        _require_mailable(new)
    rows.update(conn, "accounts", id, _row(new), found=old.revision, expected=expected, kind="account")
    return new


def remove(conn: sqlite3.Connection, id: str, expected: int | None = None) -> None:
    """Remove an account that was never charged. Raises NotFound, InvalidValue, RevisionMismatch."""
    rows.guard("account", id, get(conn, id).revision, expected)
    if rows.one(conn, "SELECT 1 FROM charges WHERE account_id = ? LIMIT 1", id):
        raise errors.InvalidValue("id", f"account {id} has bills, which are kept: remove its members instead")
    conn.execute("DELETE FROM account_members WHERE account_id = ?", (id,))
    conn.execute("DELETE FROM invoices WHERE account_id = ?", (id,))
    rows.delete(conn, "accounts", id, kind="account")


# -- Members -----------------------------------------------------------------------------------------------------------


def members(conn: sqlite3.Connection, account_id: str) -> list[Member]:
    """Who belongs to an account."""
    query = "SELECT * FROM account_members WHERE account_id = ? ORDER BY id"
    return [Member(**row) for row in rows.many(conn, query, account_id)]


def add_member(conn: sqlite3.Connection, account_id: str, fields: Mapping[str, Any]) -> Member:
    """Add a driver or a token. Raises NotFound, InvalidValue, AlreadyExists (it belongs to an account already)."""
    get(conn, account_id)
    member = rows.checked(Member, {**fields, "id": rows.new_id("am"), "account_id": account_id})
    if (member.driver_id is None) == (member.token is None):
        raise errors.InvalidValue("driver_id", "name either a driver_id or a token (the id of one)")
    if member.token is not None and not rows.one(conn, "SELECT 1 FROM tokens WHERE ref = ?", member.token):
        raise errors.InvalidValue("token", f"there is no token {member.token}: GET /tokens lists their ids")
    who = member.driver_id or member.token or ""
    rows.insert(conn, "account_members", msgspec.structs.asdict(member), "account member", who)
    return member


def remove_member(conn: sqlite3.Connection, account_id: str, member_id: str) -> None:
    """Its sessions from now on are its own. Raises NotFound."""
    found = rows.one(conn, "SELECT 1 FROM account_members WHERE id = ? AND account_id = ?", member_id, account_id)
    if found is None:
        raise errors.NotFound("account member", member_id)
    rows.delete(conn, "account_members", member_id, kind="account member")


def member_of(conn: sqlite3.Connection, token: str | None, driver_id: str | None) -> Member | None:
    """Whose a session with this token and driver is."""
    for column, value in (("token", token), ("driver_id", driver_id)):
        row = rows.one(conn, f"SELECT * FROM account_members WHERE {column} = ?", value)  # noqa: S608 - our own names
        if row is not None:
            return Member(**row)
    return None


def party(account: Account) -> parties.Party:
    """What a document says of it."""
    return parties.Party(**{name: getattr(account, name) for name in parties.Party.__struct_fields__})


def _checked(fields: Mapping[str, Any]) -> Account:
    account = rows.checked(Account, fields)
    problem = parties.wrong(account)
    if problem is None and account.reverse_charge:
        problem = parties.not_of_the_union(account)
    if problem is not None:
        raise errors.InvalidValue(*problem)
    return account


def _require_mailable(account: Account) -> None:
    """Its invoices go there."""
    if account.email and not mails.possible(account.email):
        raise errors.InvalidValue(
            "email", "is no address that a mail can be sent to: write one, such as bills@example.com"
        )


def _row(account: Account) -> dict[str, Any]:
    details = msgspec.to_builtins(account)
    row = {name: details.pop(name) for name in ("id", "name", "revision")}
    return {**row, "details": msgspec.json.encode(details).decode()}


def _account(row: Mapping[str, Any]) -> Account:
    details = msgspec.json.decode(row["details"])
    return msgspec.convert({**details, **{name: row[name] for name in ("id", "name", "revision")}}, Account)
