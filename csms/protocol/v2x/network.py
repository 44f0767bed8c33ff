"""OCPP 2.x network profiles: how a charger reaches a server, by slot.

Makes the kind "network-profiles" (key: the slot; body: NetworkConnectionProfile), passwords and keys masked.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import charger, inventory
from csms.protocol import versions

KIND = "network-profiles"


def _set(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    slot, profile = str(request["configurationSlot"]), charger.without_secrets(request["connectionData"])
    return (inventory.Change(kind=KIND, put={slot: profile}),)


CALLS: Mapping[str, versions.Learn] = {"SetNetworkProfile": _set}
