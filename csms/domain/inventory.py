"""What a charger holds or has told of itself, besides its state: variables, profiles, reservations, certificates, ...

The protocol tables say what a report or an answered order changes (`Change`); the charger's stream records it
(events.InventoryChanged), and a projection keeps one row for each thing. Too much to live in an actor: a charger of
2.0.1 has thousands of variables. Pure.
"""

from typing import Any, TypeAlias

import msgspec

Body: TypeAlias = dict[str, Any]
"""A thing as JSON, in the field names of its OCPP version; no secrets and no tokens."""


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
