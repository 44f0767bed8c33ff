"""Logs of a 2.x charger, and what it knows of a customer."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator import clock, logs
from csms.simulator.connector import Connector
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station

_LONGEST = 512
"""Characters in one part of a customer's information."""


class Uploads(logs.Logs):
    """The logs of a 2.x charger; each step is told until it is heard."""

    def __init__(self, station: Station) -> None:
        super().__init__(station.charger, self._told)
        self._station = station

    def _told(self, status: str, upload: logs.Upload) -> None:
        self._station.keep("LogStatusNotification", {"status": status, "requestId": upload.request_id})


def _get_log(station: Station, call: Payload) -> Payload:
    uploads = station.own(Uploads)
    upload = logs.Upload(
        url=call["log"]["remoteLocation"],
        name=uploads.name(call["logType"]),
        request_id=call["requestId"],
        retries=call.get("retries", 0),
        interval=call.get("retryInterval", 60),
    )
    instead = uploads.start(upload)
    return {**commands.status("AcceptedCanceled" if instead else "Accepted"), "filename": upload.name}


def tell_status(station: Station, _affected: list[Connector]) -> bool:
    """TriggerMessage LogStatusNotification: how far an upload is."""
    uploads = station.own(Uploads)
    running = {"requestId": uploads.upload.request_id} if uploads.busy and uploads.upload is not None else {}
    station.tell_now("LogStatusNotification", {"status": "Uploading" if uploads.busy else "Idle", **running})
    return True


def _customer_information(station: Station, call: Payload) -> Payload:
    named = [name for name in ("customerCertificate", "idToken", "customerIdentifier") if name in call]
    if len(named) != 1:
        return commands.status("Invalid", "OneCustomer")
    if not call["report"] and not call["clear"]:
        return commands.status("Rejected", "NothingToDo")
    token = call.get("idToken", {}).get("idToken")
    if call["report"]:
        _report(station, call["requestId"], _known(station, token))
    if call["clear"] and token is not None:
        station.charger.cache.forget(token)
    return commands.status("Accepted")


def _known(station: Station, token: str | None) -> str:
    """What the charger holds about a customer."""
    if token is None:
        return ""
    cached = [] if station.charger.cache.known(token) is None else [f"cached token {token}"]
    theirs = [
        f"transaction {entry.transaction_id} {entry.started_at} {entry.state}"
        for entry in station.charger.ledger.of(station.charger.config.id)
        if entry.id_token.casefold() == token.casefold()
    ]
    return "\n".join(cached + theirs)


def _report(station: Station, request_id: int, text: str) -> None:
    parts = [text[start : start + _LONGEST] for start in range(0, len(text), _LONGEST)] or [""]
    for number, part in enumerate(parts):
        station.tell(
            "NotifyCustomerInformation",
            {
                "data": part,
                "requestId": request_id,
                "seqNo": number,
                "tbc": number < len(parts) - 1,
                "generatedAt": clock.stamp(station.charger.now()),
            },
        )


COMMANDS: Mapping[str, commands.Handler] = {"CustomerInformation": _customer_information, "GetLog": _get_log}
