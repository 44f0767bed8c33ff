"""Firmware of an OCPP 1.6 charger: updates, signed (security whitepaper) or not, and how far one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csms.simulator import clock, signatures
from csms.simulator import firmware as firmwares
from csms.simulator.messages import Message, Payload
from csms.simulator.v16 import handlers

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_PLAIN = frozenset({"Downloaded", "DownloadFailed", "Downloading", "InstallationFailed", "Installing", "Installed"})
"""The steps that have a word without the security whitepaper."""


class Updater(firmwares.Firmware):
    """The updater of a 1.6 charger: its steps are told until they are heard, also after the reboot."""

    def __init__(self, charger: Charger) -> None:
        super().__init__(charger, self._told)

    def _told(self, status: str, update: firmwares.Update) -> None:
        if update.request_id is not None:
            payload = {"status": status, "requestId": update.request_id}
            handlers.keep(self._charger, "SignedFirmwareStatusNotification", payload)
        elif status in _PLAIN:
            handlers.keep(self._charger, "FirmwareStatusNotification", {"status": status})


def _update(charger: Charger, call: Payload) -> Payload:
    charger.own(Updater).start(
        firmwares.Update(
            url=call["location"],
            retrieve_at=clock.moment(call["retrieveDate"]),
            retries=call.get("retries", 0),
            interval=call.get("retryInterval", 60),
        )
    )
    return {}


def _signed_update(charger: Charger, call: Payload) -> Payload:
    firmware = call["firmware"]
    if signatures.certificate(firmware["signingCertificate"]) is None:
        return {"status": "InvalidCertificate"}
    instead = charger.own(Updater).start(
        firmwares.Update(
            url=firmware["location"],
            request_id=call["requestId"],
            retrieve_at=clock.moment(firmware["retrieveDateTime"]),
            install_at=clock.moment(firmware.get("installDateTime", firmware["retrieveDateTime"])),
            retries=call.get("retries", 0),
            interval=call.get("retryInterval", 60),
            certificate=firmware["signingCertificate"],
            signature=firmware["signature"],
        )
    )
    return {"status": "AcceptedCanceled" if instead else "Accepted"}


def tell_status(charger: Charger) -> None:
    """TriggerMessage: how far an update is, Idle after its end."""
    updater = charger.own(Updater)
    status = updater.status if updater.busy and updater.status in _PLAIN else "Idle"
    charger.exchange.outbox.add_urgent(Message("FirmwareStatusNotification", {"status": status}))


COMMANDS: Mapping[str, handlers.Handler] = {"SignedUpdateFirmware": _signed_update, "UpdateFirmware": _update}
