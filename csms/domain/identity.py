"""People as an identity provider tells of them, and what their groups there mean here. Pure.

Read from ID tokens by csms/integrations/openid.py, acted on by csms/storage/reference/identities.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

import msgspec

ALL = "all"
"""Instead of a place: the whole network."""
Place: TypeAlias = tuple[Literal["station", "network"], str]

_KINDS = (
    frozenset({"pwd", "pin", "kba"}),
    frozenset({"otp", "hwk", "swk", "sc", "sms", "tel", "pop"}),
    frozenset({"fpt", "face", "iris", "retina", "vbm"}),
)
"""Of authentication methods (RFC 8176): what somebody knows, has, and is."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who the provider says it is. `email` is None unless it is verified; `groups` are the values of the claim."""

    issuer: str
    subject: str
    email: str | None
    name: str = ""
    groups: tuple[str, ...] = ()
    strong: bool = False
    """Two factors of different kinds were asked for."""


class Meaning(NamedTuple):
    """What a group means here: a role, or a place such as "network:west" or "all". Written GROUP=MEANING."""

    group: str
    means: str

    def __str__(self) -> str:
        return f"{self.group}={self.means}"


def is_strong(methods: Collection[str]) -> bool:
    """Whether methods of the claim `amr` are two factors: it says so, or they are of two kinds."""
    return "mfa" in methods or sum(not kind.isdisjoint(methods) for kind in _KINDS) > 1


def role(groups: Collection[str], meanings: Sequence[Meaning]) -> str | None:
    """The role of somebody in these groups: the first in the order of the meanings. None: of no role."""
    return next((each.means for each in meanings if each.group in groups), None)


def places(groups: Collection[str], meanings: Iterable[Meaning]) -> frozenset[Place] | None:
    """The places of somebody in these groups; None for the whole network, empty where none of the groups means one."""
    found = [each.means for each in meanings if each.group in groups]
    if ALL in found:
        return None
    return frozenset(map(_place, found))


def _place(text: str) -> Place:
    kind, _, name = text.partition(":")
    return ("station" if kind == "station" else "network", name)
