"""Configuration templates: what chargers should be set to, and how what they last told differs from it. Pure.

A template names chargers (selection.py) and settings: 1.6 keys and 2.x variables (variables.py) side by side. Where
several are for a charger, the most particular decides each key: one that names the charger before one that names its
station, then firmware, model, vendor, protocol; of equals the newest.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec

from csms.domain import selection, variables

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Value = Annotated[str, msgspec.Meta(max_length=2500)]
Status: TypeAlias = Literal["differs", "pending_reboot", "read_only", "unknown"]


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """Settings for the chargers that `match` names; `enforce` corrects them when they differ."""

    id: str
    match: selection.Selection
    settings: dict[str, str]
    enforce: bool = False


class Wanted(msgspec.Struct, frozen=True):
    """What a key should be, and which template says so."""

    value: str
    template_id: str
    enforce: bool = False


class Known(msgspec.Struct, frozen=True):
    """What a charger last told of a key; `pending` is what it takes up with its next reboot."""

    value: str | None
    readonly: bool = False
    pending: str | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A key that is not what it should be; `found` is None where the charger has not told it."""

    key: str
    wanted: str
    found: str | None
    status: Status
    template_id: str


def wanted(templates: Sequence[Template], subject: selection.Subject) -> dict[str, Wanted]:
    """What a charger's keys should be, of all templates (the oldest first); only keys of its OCPP version."""
    fitting = [each for each in templates if selection.matches(each.match, subject)]
    found: dict[str, Wanted] = {}
    for each in sorted(fitting, key=lambda template: template.match.weight):
        for key, value in each.settings.items():
            if speaks(subject.protocol, key, each.match):
                found[key] = Wanted(value, each.id, each.enforce)
    return found


def speaks(protocol: str | None, key: str, match: selection.Selection) -> bool:
    """Whether a key is one of this OCPP version: a variable of 2.x has a component, a 1.6 key mostly has no dot.

    A template that is for 1.6 only may name vendors' keys that look like variables.
    """
    if protocol is None:
        return False
    is_variable = variables.parse(key) is not None
    if protocol == "1.6":
        return not is_variable or match.protocol == "1.6"
    return is_variable


def drift(targets: Mapping[str, Wanted], known: Mapping[str, Known]) -> list[Difference]:
    """How what a charger told differs from what it should be set to, by key; keys in whatever case."""
    folded = {key.casefold(): said for key, said in known.items()}
    found = []
    for key, target in sorted(targets.items()):
        said = folded.get(key.casefold())
        status = _status(target.value, said)
        if status is not None:
            found.append(
                Difference(
                    key=key,
                    wanted=target.value,
                    found=None if said is None else said.value,
                    status=status,
                    template_id=target.template_id,
                )
            )
    return found


def _status(value: str, said: Known | None) -> Status | None:
    if said is None:
        return "unknown"
    if said.value is not None and _same(said.value, value):
        return None
    if said.pending is not None and _same(said.pending, value):
        return "pending_reboot"
    return "read_only" if said.readonly else "differs"


def _same(one: str, other: str) -> bool:
    """Values as chargers write them: a list in another spacing, or True for true, is the same."""
    return _plain(one) == _plain(other)


def _plain(value: str) -> str:
    parts = ",".join(part.strip() for part in value.split(","))
    return parts.casefold() if parts.casefold() in ("true", "false") else parts
