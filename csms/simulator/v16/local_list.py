"""Local authorization list of an OCPP 1.6 charger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csms.simulator import clock
from csms.simulator.dialect import TokenInfo
from csms.simulator.local_list import Listed
from csms.simulator.messages import Payload
from csms.simulator.v16 import handlers

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_NONE = -1
"""The version of a charger that keeps no list."""


def _version(charger: Charger, _call: Payload) -> Payload:
    return {"listVersion": charger.local_list.version if charger.local_list.enabled else _NONE}


def _send(charger: Charger, call: Payload) -> Payload:
    if not charger.local_list.enabled:
        return {"status": "NotSupported"}
    entries = {each["idTag"]: _listed(each.get("idTagInfo")) for each in call.get("localAuthorizationList", [])}
    full = call["updateType"] == "Full"
    return {"status": charger.local_list.take(call["listVersion"], entries, full=full)}


def _listed(info: Payload | None) -> Listed | None:
    if info is None:
        return None
    expires = info.get("expiryDate")
    return Listed(
        TokenInfo(info["status"], info.get("parentIdTag")), None if expires is None else clock.moment(expires)
    )


COMMANDS: Mapping[str, handlers.Handler] = {"GetLocalListVersion": _version, "SendLocalList": _send}
