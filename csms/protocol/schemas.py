"""The JSON schemas that the `ocpp` package ships, compiled when first needed, and what their faults are called.

Called by versions.Version. A fault says where and what the schema wanted, never what the payload held, so that it can
be put into an errorDescription. The codes of rule 10 are published here and nowhere else.
"""

import functools
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Literal, TypeAlias

import jsonschema_rs
import msgspec

from csms.protocol import slices

Kind: TypeAlias = Literal["payload", "missing", "unknown_field", "type", "length", "items", "value"]

CODES_16: Mapping[Kind, str] = {
    "payload": "FormationViolation",
    "unknown_field": "FormationViolation",
    "missing": "OccurenceConstraintViolation",
    "items": "OccurenceConstraintViolation",
    "type": "TypeConstraintViolation",
    "length": "PropertyConstraintViolation",
    "value": "PropertyConstraintViolation",
}
"""Schema fault -> error code in 1.6, with its misspellings."""

CODES_2X: Mapping[Kind, str] = {
    **CODES_16,
    "payload": "FormatViolation",
    "unknown_field": "FormatViolation",
    "missing": "OccurrenceConstraintViolation",
    "items": "OccurrenceConstraintViolation",
}
"""Schema fault -> error code in 2.0.1 and 2.1."""

_KINDS: Mapping[str, Kind] = {
    "Required": "missing",
    "AdditionalProperties": "unknown_field",
    "FalseSchema": "unknown_field",  # where no field at all is known
    "Type": "type",
    "MaxLength": "length",
    "MinLength": "length",
    "MaxItems": "items",
    "MinItems": "items",
}
"""jsonschema_rs's names; every other is a "value" outside what is allowed."""

MAX_FAULTS = 500
"""More are not described: a megabyte of bad samples would cost seconds for all chargers (20 us each)."""


class SchemaFault(msgspec.Struct, frozen=True):
    """One deviation: `path` from the payload's root to the field, `wanted` in words of the schema."""

    kind: Kind
    path: tuple[str | int, ...]
    wanted: str
    names: tuple[str, ...] = ()
    """The unknown fields, as the sender called them: for the eyes of who sent them only."""
    types: tuple[str, ...] = ()
    """What a value of the wrong type should have been, in words of JSON Schema."""

    @property
    def field(self) -> str:
        """The innermost field's name, "" for the payload itself."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def reason(self) -> str:
        """A `suspect` reason such as "meter_start_type"."""
        return self.kind if self.kind == "unknown_field" or not self.field else f"{snake(self.field)}_{self.kind}"

    def describe(self) -> str:
        """Where and what, without anything of the payload."""
        where = ".".join(map(str, self.path)) or "payload"
        return f"{where}: {self.wanted}"


class Schemas:
    """The schemas of one OCPP version; `folder` is the version's package in `ocpp`, such as "v16"."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    @functools.cached_property
    def actions(self) -> frozenset[str]:
        """Every action of this version, in either direction."""
        return frozenset(name.removesuffix("Request") for name in self._names if not name.endswith("Response"))

    def request_faults(self, action: str, payload: Any) -> tuple[SchemaFault, ...]:
        """What is wrong with a CALL's payload; () = valid. The action must be one of `actions`."""
        return self._faults(action if action in self._names else f"{action}Request", payload)

    def response_faults(self, action: str, payload: Any) -> tuple[SchemaFault, ...]:
        """What is wrong with a CALLRESULT's payload; () = valid. The action must be one of `actions`."""
        return self._faults(f"{action}Response", payload)

    @functools.cached_property
    def _names(self) -> frozenset[str]:
        files = resources.files("ocpp").joinpath(self._folder, "schemas").iterdir()
        return frozenset(file.name.removesuffix(".json") for file in files if file.name.endswith(".json"))

    def _faults(self, name: str, payload: Any) -> tuple[SchemaFault, ...]:
        validator = self._validators.get(name) or self._compile(name)
        try:
            return () if validator.is_valid(payload) else _described(validator, payload)
        except (ValueError, RecursionError):  # jsonschema_rs: "Recursion limit reached"
            return (SchemaFault("payload", (), "is nested too deeply"),)

    def _compile(self, name: str) -> jsonschema_rs.Validator:
        file = resources.files("ocpp").joinpath(self._folder, "schemas", f"{name}.json")
        schema = json.loads(file.read_text(encoding="utf-8-sig"))
        # Formats are checked by times.py: the validator's date-time would refuse naive times (rule 22).
        validator = self._validators[name] = jsonschema_rs.validator_for(schema, validate_formats=False)
        return validator


def snake(name: str) -> str:
    """An OCPP name in our spelling: "RebootRequired" -> "reboot_required"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _described(validator: jsonschema_rs.Validator, payload: Any) -> tuple[SchemaFault, ...]:
    """At least one fault: all of them, or so many and one that says so, for what nobody looked at is not forgiven.

    Only that a list is too long may stay hidden behind a fault of another kind.
    """
    if found := tuple(itertools.islice(_every(validator, payload), MAX_FAULTS)):
        return found if len(found) < MAX_FAULTS else (*found, SchemaFault("payload", (), "has too many faults"))
    try:
        validator.validate(payload)
    except jsonschema_rs.ValidationError as error:  # the first one: of a long list as a whole
        return (_convert(error, tuple(error.instance_path)),)
    raise AssertionError("unreachable: it is not valid")


def _every(validator: jsonschema_rs.Validator, payload: Any) -> Iterator[SchemaFault]:
    for part in slices.of(payload):
        for error in validator.iter_errors(part.payload):
            if (place := part.place(tuple(error.instance_path))) is not None:
                yield _convert(error, place)


def _convert(error: jsonschema_rs.ValidationError, path: slices.Path) -> SchemaFault:
    kind = _KINDS.get(type(error.kind).__name__, "value")
    limits = error.kind.as_dict()
    match kind:
        case "missing":
            return SchemaFault(kind, (*path, limits["property"]), "missing")
        case "unknown_field":
            return SchemaFault(
                kind, path, "has a field that the schema does not know", tuple(limits.get("unexpected", ()))
            )
        case "type" if not path:
            return SchemaFault("payload", path, "is not an object")
        case "type":
            types = tuple(limits["types"])
            return SchemaFault(kind, path, f"must be of type {' or '.join(types)}", types=types)
        case _:
            return SchemaFault(kind, path, _bound(type(error.kind).__name__, limits))


def _bound(name: str, limits: dict[str, Any]) -> str:
    if "options" in limits:
        return f"must be one of {', '.join(map(str, limits['options']))}"
    bound = next(iter(limits.values()), "")
    return f"{_BOUNDS.get(name, f'breaks {name}')} {bound}".rstrip()


_BOUNDS: Mapping[str, str] = {
    "MaxLength": "has more characters than",
    "MinLength": "has fewer characters than",
    "MaxItems": "has more items than",
    "MinItems": "has fewer items than",
    "Maximum": "is above",
    "Minimum": "is below",
    "MultipleOf": "is no multiple of",
}
