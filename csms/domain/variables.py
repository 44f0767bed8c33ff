"""How a variable of OCPP 2.x's device model is named in one line, as keys of settings and of the inventory.

    Component[/instance][@evse[.connector]].Variable[/instance]      OCPPCommCtrlr.HeartbeatInterval
                                                                     Connector@1.2.AvailabilityState
                                                                     DeviceDataCtrlr.ItemsPerMessage/GetVariables

Names of vendors may hold the characters / @ . and %: they are written %2F and so on. Pure.
"""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")

KIND = "variables"
"""Of things in the inventory."""

_RESERVED = re.compile(r"[%/@.]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_KEY = re.compile(
    r"(?P<component>[^/@.]+)(?:/(?P<component_instance>[^/@.]+))?"
    r"(?:@(?P<evse_id>[0-9]{1,9})(?:\.(?P<connector_id>[0-9]{1,9}))?)?"
    r"\.(?P<name>[^/@.]+)(?:/(?P<instance>.+))?"
)


class Variable(msgspec.Struct, frozen=True):
    """A variable of a component, which may belong to an EVSE or a connector of it."""

    component: str
    name: str
    component_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    instance: str | None = None

    @property
    def key(self) -> str:
        """Its name in one line."""
        place = "" if self.evse_id is None else f"@{self.evse_id}"
        if place and self.connector_id is not None:
            place += f".{self.connector_id}"
        component = _written(self.component) + _instance(self.component_instance) + place
        return f"{component}.{_written(self.name)}{_instance(self.instance)}"


def parse(key: str) -> Variable | None:
    """The variable of this name; None where it names none."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    return Variable(
        component=_read(found["component"]),
        name=_read(found["name"]),
        component_instance=_maybe(_read, found["component_instance"]),
        evse_id=_maybe(int, found["evse_id"]),
        connector_id=_maybe(int, found["connector_id"]),
        instance=_maybe(_read, found["instance"]),
    )


def name(key: str) -> str:
    """The last name in a key: the variable's own, or a 1.6 key as it is."""
    found = parse(key)
    return key if found is None else found.name


def _maybe(read: Callable[[str], T], text: str | None) -> T | None:
    return None if text is None else read(text)


def _instance(text: str | None) -> str:
    return "" if text is None else f"/{_written(text)}"


def _written(text: str) -> str:
    return _RESERVED.sub(lambda each: f"%{ord(each[0]):02X}", text)


def _read(text: str) -> str:
    return _ESCAPE.sub(lambda each: chr(int(each[1], 16)), text)
