"""The local authorization list: the tokens that a charger knows by itself, so that it can decide without us (rule 32).

What a charger holds is in its inventory (kind "local-list"): the thing "version", and one thing a token, whose key is
the token's surrogate. Pure; the sending is the business of actors.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from csms.domain import authorization, facts, inventory

KIND = inventory.TOKEN_KEYS
VERSION = inventory.NO_TOKEN
"""The key that is no token: `version` is what the charger took, `told` what it said since."""
UNSUPPORTED = -1
"""The list version of a 1.6 charger that has no list; 0 is an empty list, so neither is ever given to one."""

Update = Literal["full", "differential"]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token and what the charger is to know of it; without a status it is taken off the list."""

    id_token: facts.IdToken
    status: str | None = authorization.ACCEPTED
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    group_id: str | None = None


def entry(token: facts.IdToken, record: authorization.TokenRecord, now: datetime) -> Entry:
    """What a charger is to know of a registered token."""
    info = authorization.decide(record, now).info
    return Entry(id_token=token, status=info.status, expires_at=info.expires_at, group_id=info.group_id)


def next_version(held: int) -> int:
    """The version after the one that a charger holds: never 0 or -1."""
    return max(held, 0) + 1


def held(version: int, entries: Mapping[str, inventory.Body], *, full: bool) -> inventory.Change:
    """A charger took a list: token -> what it knows of it, an empty body for one that was taken off."""
    kept = {token: body for token, body in entries.items() if body}
    gone = tuple(token for token, body in entries.items() if not body)
    return inventory.Change(
        kind=KIND, clear="" if full else None, drop=gone, put={VERSION: {"version": version}, **kept}
    )


def version_told(version: int) -> inventory.Change:
    """A charger told the version of its list; without a list there are no entries.

    What is in a list of another version than it took from us, nobody knows.
    """
    if version <= 0:
        return inventory.Change(kind=KIND, clear="", put={VERSION: {"version": version, "told": version}})
    return inventory.Change(kind=KIND, merge={VERSION: {"told": version}})


def batches(entries: Sequence[Entry], update: Update, most: int | None) -> list[tuple[Update, tuple[Entry, ...]]]:
    """The messages to send, at least one, each of at most `most` entries: what comes after the first adds to it."""
    size = most or max(len(entries), 1)
    parts = [tuple(entries[begin : begin + size]) for begin in range(0, max(len(entries), 1), size)]
    return [(update if index == 0 else "differential", part) for index, part in enumerate(parts)]


def difference(wanted: Iterable[Entry], known: Iterable[Entry]) -> list[Entry]:
    """What to tell a charger that knows some entries so that it knows those that are wanted, and no others."""
    before = {_folded(each): each for each in known}
    after = {_folded(each): each for each in wanted}
    gone = [Entry(id_token=each.id_token, status=None) for key, each in before.items() if key not in after]
    return [*gone, *(each for key, each in after.items() if before.get(key) != each)]


def applied(known: Iterable[Entry], changes: Iterable[Entry]) -> list[Entry]:
    """The whole list after a differential update."""
    after = {_folded(each): each for each in known} | {_folded(each): each for each in changes}
    return [each for each in after.values() if each.status is not None]


def _folded(each: Entry) -> str:
    return each.id_token.value.casefold()
