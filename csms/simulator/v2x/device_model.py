"""The device model of OCPP 2.x: components with variables, read, written and reported.

`variables` fills it, `provisioning` answers the calls about it, `monitoring` watches it. A variable is a pair of
functions, so what is reported is always what the charger does. Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

from csms.simulator.messages import Payload

Mutability: TypeAlias = Literal["ReadOnly", "WriteOnly", "ReadWrite"]
DataType: TypeAlias = Literal[
    "string", "decimal", "integer", "dateTime", "boolean", "OptionList", "SequenceList", "MemberList"
]
Key: TypeAlias = tuple[str | int | None, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Component:
    """What variables belong to: a name, perhaps an instance of it, perhaps at an EVSE or one of its connectors."""

    name: str
    instance: str | None = None
    evse: int | None = None
    connector: int | None = None

    def payload(self) -> Payload:
        """A ComponentType."""
        fields: Payload = {"name": self.name}
        if self.instance is not None:
            fields["instance"] = self.instance
        if self.evse is not None:
            fields["evse"] = {"id": self.evse} | ({} if self.connector is None else {"connectorId": self.connector})
        return fields

    @property
    def key(self) -> Key:
        """Names compare without regard to case."""
        return (self.name.casefold(), _folded(self.instance), self.evse, self.connector)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable. `write` raises ValueError for a value that it cannot take; without it, it is read-only."""

    component: Component
    name: str
    instance: str | None = None
    kind: DataType = "string"
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    """What a list type may hold."""
    read: Callable[[], str] | None
    write: Callable[[str], None] | None = None
    at_reboot: bool = False
    """A new value counts after the next reboot."""
    monitored: bool = False
    """It can have monitors."""

    @property
    def key(self) -> Key:
        """Names compare without regard to case."""
        return (*self.component.key, self.name.casefold(), _folded(self.instance))

    @property
    def mutability(self) -> Mutability:
        """Who may do what."""
        if self.read is None:
            return "WriteOnly"
        return "ReadOnly" if self.write is None else "ReadWrite"

    def payload(self) -> Payload:
        """A VariableType."""
        return {"name": self.name} if self.instance is None else {"name": self.name, "instance": self.instance}

    def report(self) -> Payload:
        """A ReportDataType."""
        attribute: Payload = {"type": "Actual", "mutability": self.mutability, "persistent": True, "constant": False}
        if self.read is not None:
            attribute["value"] = self.read()
        characteristics: Payload = {"dataType": self.kind, "supportsMonitoring": self.monitored}
        for name, value in (("unit", self.unit), ("minLimit", self.low), ("maxLimit", self.high)):
            if value is not None:
                characteristics[name] = value
        if self.values:
            characteristics["valuesList"] = ",".join(self.values)
        return {
            "component": self.component.payload(),
            "variable": self.payload(),
            "variableAttribute": [attribute],
            "variableCharacteristics": characteristics,
        }

    def check(self, text: str) -> None:
        """Raises ValueError for a text that is no value of this type."""
        match self.kind:
            case "integer" | "decimal":
                number = int(text) if self.kind == "integer" else float(text)
                if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
                    raise ValueError(text)
            case "boolean" if text.lower() not in ("true", "false"):
                raise ValueError(text)
            case "OptionList" if self.values and text not in self.values:
                raise ValueError(text)
            case "MemberList" | "SequenceList" if self.values and not set(split(text)) <= set(self.values):
                raise ValueError(text)
            case "string" if self.high is not None and len(text) > self.high:
                raise ValueError("too long")
            case _:
                return


class DeviceModel:
    """The variables of one charger."""

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._variables: dict[Key, Variable] = {}
        for each in variables:
            assert each.key not in self._variables, f"two variables have one name: {each.key}"
            self._variables[each.key] = each
        self._components = {each.component.key for each in self._variables.values()}
        self._pending: dict[Key, str] = {}
        self.written: list[Callable[[Variable], None]] = []
        """Called after a variable was changed."""

    def __iter__(self) -> Iterator[Variable]:
        return iter(self._variables.values())

    def __len__(self) -> int:
        return len(self._variables)

    def find(self, component: Payload, variable: Payload) -> Variable | Literal["UnknownComponent", "UnknownVariable"]:
        """The variable of a ComponentType and a VariableType, or which of them does not exist."""
        owner = component_of(component)
        found = self._variables.get((*owner.key, variable["name"].casefold(), _folded(variable.get("instance"))))
        if found is not None:
            return found
        return "UnknownVariable" if owner.key in self._components else "UnknownComponent"

    def get(self, item: Payload) -> Payload:
        """A GetVariableDataType -> a GetVariableResultType."""
        result: Payload = {name: item[name] for name in ("attributeType", "component", "variable") if name in item}
        kind = item.get("attributeType", "Actual")
        found = self.find(item["component"], item["variable"])
        if isinstance(found, str):
            return {**result, "attributeStatus": found}
        if kind != "Actual":
            return {**result, "attributeStatus": "NotSupportedAttributeType"}
        if found.read is None:
            return {**result, "attributeStatus": "Rejected", "attributeStatusInfo": {"reasonCode": "WriteOnly"}}
        return {**result, "attributeStatus": "Accepted", "attributeValue": found.read()}

    def set(self, item: Payload) -> Payload:
        """A SetVariableDataType -> a SetVariableResultType."""
        result: Payload = {name: item[name] for name in ("attributeType", "component", "variable") if name in item}
        found = self.find(item["component"], item["variable"])
        if isinstance(found, str):
            return {**result, "attributeStatus": found}
        if item.get("attributeType", "Actual") != "Actual":
            return {**result, "attributeStatus": "NotSupportedAttributeType"}
        status, reason = self.write(found, item["attributeValue"])
        info = {} if reason is None else {"attributeStatusInfo": {"reasonCode": reason}}
        return {**result, "attributeStatus": status, **info}

    def write(self, variable: Variable, value: str) -> tuple[str, str | None]:
        """Change a variable, now or at the next reboot: the attributeStatus, and the reasonCode of a refusal."""
        if variable.write is None:
            return "Rejected", "ReadOnly"
        try:
            variable.check(value)
            if variable.at_reboot:
                self._pending[variable.key] = value
                return "RebootRequired", None
            variable.write(value)
        except ValueError:
            return "Rejected", "InvalidValue"
        self._changed(variable)
        return "Accepted", None

    def restart(self) -> None:
        """Take over what waited for the reboot."""
        for key, value in self._pending.items():
            variable = self._variables[key]
            if variable.write is not None:
                variable.write(value)
                self._changed(variable)
        self._pending.clear()

    def _changed(self, variable: Variable) -> None:
        for notice in self.written:
            notice(variable)


def component_of(payload: Payload) -> Component:
    """A ComponentType as a Component."""
    place = payload.get("evse", {})
    return Component(payload["name"], payload.get("instance"), place.get("id"), place.get("connectorId"))


def split(text: str) -> tuple[str, ...]:
    """The members of a list value."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _folded(name: str | None) -> str | None:
    return None if name is None else name.casefold()
