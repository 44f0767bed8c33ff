"""OCPP 1.6 Local Auth List Management: the tokens that a charger knows by itself (rule 32)."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, inventory, local_list
from csms.protocol import times, versions
from csms.protocol.v16 import answers


def _send(command: commands.SendLocalList) -> dict[str, Any]:
    # A token of more characters than an idTag has can never be presented to a 1.6 charger.
    entries = [_entry(each) for each in command.entries if 0 < len(each.id_token.value) <= answers.MAX_ID_TAG]
    listed = {"localAuthorizationList": entries} if entries else {}
    return {"listVersion": command.version, "updateType": command.update.capitalize(), **listed}


def _entry(each: local_list.Entry) -> dict[str, Any]:
    told: dict[str, Any] = {"idTag": each.id_token.value}
    if each.status is None:
        return told
    info = {"status": answers.status(each.status)}
    if each.expires_at is not None:
        info["expiryDate"] = times.write(each.expires_at)
    if each.group_id is not None and len(each.group_id) <= answers.MAX_ID_TAG:
        info["parentIdTag"] = each.group_id
    return told | {"idTagInfo": info}


def _sent(request: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    if answer["status"] != "Accepted":
        return ()
    entries = {each["idTag"]: each.get("idTagInfo", {}) for each in request.get("localAuthorizationList", [])}
    return (local_list.held(request["listVersion"], entries, full=request["updateType"] == "Full"),)


def _get_version(_: commands.GetLocalListVersion) -> dict[str, Any]:
    return {}


def _version(_: dict[str, Any], answer: dict[str, Any]) -> tuple[inventory.Change, ...]:
    return (local_list.version_told(answer["listVersion"]),)


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.GetLocalListVersion: versions.Outgoing("GetLocalListVersion", _get_version),
    commands.SendLocalList: versions.Outgoing("SendLocalList", _send),
}

CALLS: Mapping[str, versions.Learn] = {"GetLocalListVersion": _version, "SendLocalList": _sent}
