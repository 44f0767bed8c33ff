"""OCPP 2.x local authorization list: the tokens that a charger knows by itself (rule 32).

2.0.1 and 2.1 differ in how long a token may be, and in which types there are: one that a charger of that version can
never be presented is left out.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from csms.domain import commands, facts, inventory, local_list
from csms.protocol import versions
from csms.protocol.v2x import answers

_TYPES_201 = frozenset({"Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"})


def _outgoing(longest: int, types: Collection[str] | None) -> Mapping[type[commands.Command], versions.Outgoing]:
    """The rows of a version whose tokens have up to `longest` characters and one of these types (None: any)."""
    return {
        commands.GetLocalListVersion: versions.Outgoing("GetLocalListVersion", _get_version),
        commands.SendLocalList: versions.Outgoing("SendLocalList", _send(longest, types)),
    }


def _send(longest: int, types: Collection[str] | None) -> Callable[[commands.SendLocalList], dict[str, Any]]:
    def possible(token: facts.IdToken) -> bool:
        return 0 < len(token.value) <= longest and (types is None or token.type in types)

    def send(command: commands.SendLocalList) -> dict[str, Any]:
        entries = [_entry(each, longest) for each in command.entries if possible(each.id_token)]
        listed = {"localAuthorizationList": entries} if entries else {}
        return {"versionNumber": command.version, "updateType": command.update.capitalize(), **listed}

    return send


def _entry(each: local_list.Entry, longest: int) -> dict[str, Any]:
    told: dict[str, Any] = {"idToken": {"idToken": each.id_token.value, "type": each.id_token.type}}
    if each.status is None:
        return told
    info = facts.TokenInfo(each.status, each.expires_at, each.group_id)
    return told | {"idTokenInfo": answers.token_info(info, longest)}


def _sent(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    listed = request.get("localAuthorizationList", [])
    entries = {each["idToken"]["idToken"]: _known(each.get("idTokenInfo", {})) for each in listed}
    return (local_list.held(request["versionNumber"], entries, full=request["updateType"] == "Full"),)


def _known(info: dict[str, Any]) -> inventory.Body:
    kept: inventory.Body = {
        name: info[name] for name in ("status", "cacheExpiryDateTime", "chargingPriority") if name in info
    }
    group = info.get("groupIdToken")
    return kept if group is None else kept | {"groupIdToken": group["idToken"]}


def _get_version(_: commands.GetLocalListVersion) -> dict[str, Any]:
    return {}


def _version(_: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    return (local_list.version_told(answer["versionNumber"]),)


OUTGOING = _outgoing(answers.LONGEST_201, _TYPES_201)
OUTGOING_21 = _outgoing(answers.LONGEST_21, None)

CALLS: Mapping[str, versions.Learn] = {"GetLocalListVersion": _version, "SendLocalList": _sent}
