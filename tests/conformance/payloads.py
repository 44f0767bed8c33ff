"""Payloads made of a JSON schema: one with everything, one with the least, and ones with a single fault each.

Pure and deterministic. It knows the parts of JSON Schema that the schemas of OCPP use.
"""

import copy
import functools
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from importlib import resources
from typing import Any, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["missing", "type", "length", "value", "extra", "items"]
"""What is wrong: a required field is missing, a value is of another type, a text is too long, a word or number is not
allowed, there is an unknown field (or no object at all), a list has too few or too many items."""

Path: TypeAlias = tuple[str | int, ...]
Schema: TypeAlias = dict[str, Any]

AT = "2026-03-01T10:00:00Z"
STRANGE = "Extraordinary"
PASSWORD = 16
"""Characters of a text where there is room: fewer are no password that a charger takes (rule 8)."""
MANY = 22
LATE = 21
"""Items of a long list, and which of them is at fault: behind all that a first look shows."""
DEPTH = 3
"""How often a type may be inside itself (customData may hold anything anyhow)."""


class Invalid(NamedTuple):
    """A payload with one fault at `path`."""

    kind: Kind
    path: Path
    payload: Any


class Site(NamedTuple):
    """A value of a payload, with what the schema says of it."""

    path: Path
    schema: Schema
    value: Any


@functools.cache
def document(folder: str, name: str) -> Schema:
    """The schema of a message, such as ("v16", "AuthorizeResponse")."""
    file = resources.files("ocpp").joinpath(folder, "schemas", f"{name}.json")
    found: Schema = json.loads(file.read_text(encoding="utf-8-sig"))
    return found


def request(folder: str, action: str) -> Schema:
    """The schema of a CALL's (or SEND's) payload; its file's name ends in Request or not."""
    found = resources.files("ocpp").joinpath(folder, "schemas", f"{action}.json")
    return document(folder, action if found.is_file() else f"{action}Request")


def response(folder: str, action: str) -> Schema:
    """The schema of a CALLRESULT's payload."""
    return document(folder, f"{action}Response")


def most(schema: Schema) -> Any:
    """A valid payload with every field that there is."""
    return _value(schema, schema.get("definitions", {}), everything=True)


def least(schema: Schema) -> Any:
    """A valid payload with the required fields only."""
    return _value(schema, schema.get("definitions", {}), everything=False)


def invalid(schema: Schema) -> list[Invalid]:
    """The payload with everything, each time with one fault: for each kind at its first and its last place."""
    found: dict[tuple[Kind, int], list[Invalid]] = {}
    payload = most(schema)
    for site in _sites(schema, payload):
        for kind, value in _faults(site):
            found.setdefault((kind, 0), []).append(Invalid(kind, site.path, _with(payload, site.path, value)))
    ends = (cases if len(cases) == 1 else [cases[0], cases[-1]] for cases in found.values())
    return [case for cases in ends for case in cases]


def long(schema: Schema) -> Iterator[Invalid]:
    """The payload with a long list: a field that nobody knows in its first item, and a worse fault in a late one."""
    payload = most(schema)
    for site in _sites(schema, payload):
        if not (isinstance(site.value, list) and site.value and isinstance(site.value[0], dict)):
            continue
        item = site.value[0]
        for name in item:
            without = {each: item[each] for each in item if each != name}
            late = (*site.path, LATE, name)
            yield Invalid("missing", late, _with(payload, site.path, _many(item, without)))
            yield Invalid("type", late, _with(payload, site.path, _many(item, item | {name: [[7]]})))
            nulls = [item | {name: None} for _ in range(MANY)]
            yield Invalid("type", (*site.path, name), _with(payload, site.path, nulls))


def forgivable(schema: Schema) -> Iterator[Any]:
    """The least payload, each time with what a tolerant server forgives: null for a field, or a field nobody knows."""
    payload = least(schema)
    known = schema.get("definitions", {})
    for site in _sites(schema, payload):
        if isinstance(site.value, dict) and (fields := _resolved(site.schema, known).get("properties")):
            spare = {name: None for name in fields if name not in site.value}
            yield _with(payload, site.path, {**site.value, **spare, "colour": "red"})


def _many(item: Any, late: Any) -> list[Any]:
    return [item | {"colour": "red"}, *[item] * (LATE - 1), late, *[item] * (MANY - LATE - 1)]


def no_objects() -> list[Invalid]:
    """What is no payload at all; null is what is left of JSON that breaks off."""
    things: tuple[Any, ...] = (None, [], "seven", 7)
    return [Invalid("extra", (), thing) for thing in things]


# -- Making ------------------------------------------------------------------------------------------------------------


def _value(schema: Schema, known: Mapping[str, Schema], *, everything: bool, depth: int = 0) -> Any:
    schema = _resolved(schema, known)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "string":
            return _text(schema)
        case "integer":
            return _number(schema)
        case "number":
            return Decimal(_number(schema))
        case "boolean":
            return True
        case "array":
            return [_value(schema["items"], known, everything=everything, depth=depth)] * schema.get("minItems", 1)
        case _:
            return _object(schema, known, everything=everything, depth=depth)


def _object(schema: Schema, known: Mapping[str, Schema], *, everything: bool, depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    names = [name for name in schema.get("properties", {}) if name in required or (everything and depth < DEPTH * 3)]
    return {
        name: _value(schema["properties"][name], known, everything=everything, depth=depth + 1)
        for name in names
        if name != "customData"
    }


def _text(schema: Schema) -> str:
    match schema.get("format"):
        case "date-time":
            return AT
        case "uri":
            return "https://example.org/"
        case _:
            room: int = schema.get("maxLength", 1)
            return "7" * min(room, PASSWORD)


def _number(schema: Schema) -> int:
    """1 where that is allowed, which connectors, EVSEs and transactions like."""
    return int(min(max(1, schema.get("minimum", 1)), schema.get("maximum", 1)))


def _resolved(schema: Schema, known: Mapping[str, Schema]) -> Schema:
    return known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


# -- Spoiling ----------------------------------------------------------------------------------------------------------


def _sites(schema: Schema, payload: Any) -> Iterator[Site]:
    known = schema.get("definitions", {})

    def below(inner: Schema, value: Any, path: Path) -> Iterator[Site]:
        inner = _resolved(inner, known)
        yield Site(path, inner, value)
        if isinstance(value, dict):
            for name, each in value.items():
                yield from below(inner["properties"][name], each, (*path, name))
        elif isinstance(value, list) and value:
            yield from below(inner["items"], value[0], (*path, 0))

    yield from below(schema, payload, ())


def _faults(site: Site) -> Iterator[tuple[Kind, Any]]:
    schema, value = site.schema, site.value
    if site.path and "type" in schema and "enum" not in schema:
        yield "type", 7 if isinstance(value, str) else "seven"
    if isinstance(value, dict):
        if required := [name for name in schema.get("required", ()) if name in value]:
            yield "missing", {name: each for name, each in value.items() if name != required[-1]}
        if schema.get("additionalProperties") is False:
            yield "extra", {**value, "colour": "red"}
    elif isinstance(value, list):
        yield from _lists(schema, value)
    elif "enum" in schema:
        yield "value", STRANGE
    elif "maxLength" in schema and schema.get("format") is None:
        yield "length", "x" * (schema["maxLength"] + 1)
    elif "minimum" in schema:
        yield "value", int(schema["minimum"]) - 1


def _lists(schema: Schema, value: list[Any]) -> Iterator[tuple[Kind, Any]]:
    if schema.get("minItems"):
        yield "items", value[1:] if len(value) > 1 else []
    if "maxItems" in schema:
        yield "items", value[:1] * (schema["maxItems"] + 1)


def _with(payload: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    spoilt = copy.deepcopy(payload)
    inner = spoilt
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return spoilt
