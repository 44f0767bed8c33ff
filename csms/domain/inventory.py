"""What a charger holds or has told of itself, besides its state: variables, profiles, reservations, certificates, ...

The protocol tables say what a report or an answered order changes (`Change`); the charger's stream records it
(events.InventoryChanged), and a projection keeps one row for each thing. Too much to live in an actor: a charger of
2.0.1 has thousands of variables. Pure.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

Body: TypeAlias = dict[str, Any]
"""A thing as JSON, in the field names of its OCPP version; no secrets and no tokens."""

TOKEN_KEYS = "local-list"
"""The kind whose keys are tokens, but for NO_TOKEN."""
NO_TOKEN = "version"
_WITH_TOKENS = frozenset({TOKEN_KEYS, "reservations"})
_PERSONAL = ("idTag", "parentIdTag", "idToken", "groupIdToken")


def pick(body: Body, *names: str) -> Body:
    """Those of these fields that are there."""
    return {name: body[name] for name in names if name in body}


class Change(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What became known about things of one kind, such as "variables"; applied in the order of the fields."""

    kind: str
    clear: str | None = None
    """All things whose key begins with this are gone; "" = all of this kind."""
    drop: tuple[str, ...] = ()
    """The things with these keys are gone."""
    only: tuple[str, ...] | None = None
    """All things but those with these keys are gone: what a list that is complete says of those it does not name."""
    where: Body | None = None
    """The things whose bodies have these values are gone; a value of null asks that the field is absent."""
    put: dict[str, Body] = {}
    """Key -> the whole thing as it is now."""
    merge: dict[str, Body] = {}
    """Key -> the fields that are known now (RFC 7396: null removes one); the others stay."""


def tokens(changes: tuple[Change, ...]) -> frozenset[str]:
    """The tokens that changes hold as they come from the protocol: what is recorded has their surrogates instead."""
    found: set[str] = set()
    for change in changes:
        if change.kind == TOKEN_KEYS:
            found.update(change.drop, change.put, change.merge)
        if change.kind in _WITH_TOKENS:
            bodies = (*change.put.values(), *change.merge.values())
            found.update(body[name] for body in bodies for name in _PERSONAL if isinstance(body.get(name), str))
    return frozenset(found - {NO_TOKEN})


def with_surrogates(changes: tuple[Change, ...], refs: Mapping[str, str]) -> tuple[Change, ...]:
    """The changes with the surrogate of each of their `tokens`."""
    return tuple(_with_surrogates(change, refs) if change.kind in _WITH_TOKENS else change for change in changes)


def _with_surrogates(change: Change, refs: Mapping[str, str]) -> Change:
    """What no token can be, such as an empty one, has no surrogate and is left out."""
    keys: dict[str, str] = {**refs, NO_TOKEN: NO_TOKEN} if change.kind == TOKEN_KEYS else {}

    def bodies(told: dict[str, Body]) -> dict[str, Body]:
        kept = {keys.get(name): body for name, body in told.items()} if keys else told
        return {name: _without_tokens(body, refs) for name, body in kept.items() if name is not None}

    drop = tuple(keys[name] for name in change.drop if name in keys) if keys else change.drop
    return Change(kind=change.kind, clear=change.clear, drop=drop, put=bodies(change.put), merge=bodies(change.merge))


def _without_tokens(body: Body, refs: Mapping[str, str]) -> Body:
    return {name: value if name not in _PERSONAL else refs.get(value) for name, value in body.items()}
