"""Logs of an OCPP 1.6 charger: GetDiagnostics, and GetLog of the security whitepaper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csms.simulator import logs
from csms.simulator.messages import Message, Payload
from csms.simulator.v16 import handlers

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_WORDS = {"Uploading": "Uploading", "Uploaded": "Uploaded", "UploadFailure": "UploadFailed"}
"""The steps as DiagnosticsStatusNotification calls them."""


class Uploads(logs.Logs):
    """The logs of a 1.6 charger; each step is told until it is heard."""

    def __init__(self, charger: Charger) -> None:
        super().__init__(charger, self._told)

    def _told(self, status: str, upload: logs.Upload) -> None:
        if upload.request_id is not None and status != "AcceptedCanceled":
            payload = {"status": status, "requestId": upload.request_id}
            handlers.keep(self._charger, "LogStatusNotification", payload)
        elif upload.request_id is None and status in _WORDS:
            handlers.keep(self._charger, "DiagnosticsStatusNotification", {"status": _WORDS[status]})


def _diagnostics(charger: Charger, call: Payload) -> Payload:
    upload = _start(charger, call["location"], "diagnostics", None, call)[0]
    return {"fileName": upload.name}


def _get_log(charger: Charger, call: Payload) -> Payload:
    upload, instead = _start(charger, call["log"]["remoteLocation"], call["logType"], call["requestId"], call)
    return {"status": "AcceptedCanceled" if instead else "Accepted", "filename": upload.name}


def _start(charger: Charger, url: str, kind: str, request_id: int | None, call: Payload) -> tuple[logs.Upload, bool]:
    uploads = charger.own(Uploads)
    upload = logs.Upload(
        url=url,
        name=uploads.name(kind),
        request_id=request_id,
        retries=call.get("retries", 0),
        interval=call.get("retryInterval", 60),
    )
    return upload, uploads.start(upload)


def tell_status(charger: Charger) -> None:
    """TriggerMessage: whether diagnostics are on their way."""
    busy = charger.own(Uploads).busy
    payload = {"status": "Uploading" if busy else "Idle"}
    charger.exchange.outbox.add_urgent(Message("DiagnosticsStatusNotification", payload))


def tell_log_status(charger: Charger) -> None:
    """ExtendedTriggerMessage: the same, in the words of the security whitepaper."""
    payload = {"status": "Uploading" if charger.own(Uploads).busy else "Idle"}
    charger.exchange.outbox.add_urgent(Message("LogStatusNotification", payload))


COMMANDS: Mapping[str, handlers.Handler] = {"GetDiagnostics": _diagnostics, "GetLog": _get_log}
