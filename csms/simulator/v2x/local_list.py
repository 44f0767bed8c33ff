"""Local authorization list of a 2.x charger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from csms.simulator import clock, local_list
from csms.simulator.dialect import TokenInfo
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands, variables
from csms.simulator.v2x.device_model import Component, Variable
from csms.simulator.v2x.station import Station


def _version(station: Station, _call: Payload) -> Payload:
    known = station.charger.local_list
    return {"versionNumber": known.version if known.enabled else 0}


def _send(station: Station, call: Payload) -> Payload:
    if not station.charger.local_list.enabled:
        return commands.status("Failed", "NotEnabled")
    entries = {
        each["idToken"]["idToken"]: _listed(each.get("idTokenInfo")) for each in call.get("localAuthorizationList", [])
    }
    full = call["updateType"] == "Full"
    return commands.status(station.charger.local_list.take(call["versionNumber"], entries, full=full))


def _listed(info: Payload | None) -> local_list.Listed | None:
    if info is None:
        return None
    expires = info.get("cacheExpiryDateTime")
    return local_list.Listed(
        TokenInfo(info["status"], info.get("groupIdToken", {}).get("idToken")),
        None if expires is None else clock.moment(expires),
    )


def inventory(station: Station) -> Iterator[Variable]:
    """LocalAuthListCtrlr."""
    known, owner = station.charger.local_list, Component("LocalAuthListCtrlr")
    rows = variables.Rows(station, owner.name)

    def enable(text: str) -> None:
        known.enabled = text.lower() == "true"

    yield rows.constant("Available", "true", "boolean")
    yield Variable(
        component=owner, name="Enabled", kind="boolean", read=lambda: str(known.enabled).lower(), write=enable
    )
    yield Variable(
        component=owner, name="Entries", kind="integer", high=local_list.MOST_ENTRIES, read=lambda: str(len(known))
    )
    yield rows.constant("ItemsPerMessage", str(local_list.MOST_IN_A_MESSAGE), "integer")
    yield rows.constant("BytesPerMessage", str(variables.MAX_BYTES), "integer")
    yield rows.constant("SupportsExpiryDateTime", "true", "boolean")


COMMANDS: Mapping[str, commands.Handler] = {"GetLocalListVersion": _version, "SendLocalList": _send}
