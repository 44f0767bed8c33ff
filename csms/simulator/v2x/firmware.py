"""Firmware of a 2.x charger: updates, and publishing to other chargers on the site."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator import clock, signatures
from csms.simulator import firmware as firmwares
from csms.simulator.connector import Connector
from csms.simulator.errands import Errand
from csms.simulator.messages import Payload
from csms.simulator.v2x import commands, security
from csms.simulator.v2x.station import Station

_OK = 200


class Updater(firmwares.Firmware):
    """The updater of a 2.x charger: its steps are told until they are heard, also after the reboot."""

    def __init__(self, station: Station) -> None:
        super().__init__(station.charger, self._told)
        self._station = station

    def _told(self, status: str, update: firmwares.Update) -> None:
        self._station.keep("FirmwareStatusNotification", {"status": status, "requestId": update.request_id})
        if status == "InvalidSignature":
            security.event(self._station, "InvalidFirmwareSignature")
        if status == "Installed":
            security.event(self._station, "FirmwareUpdated")


class Published:
    """The firmware that this charger hands on, by its checksum."""

    def __init__(self, station: Station) -> None:
        self.locations: dict[str, str] = {}
        self.status = "Idle"
        self.request_id: int | None = None
        self._station = station

    def start(self, call: Payload) -> None:
        """Fetch a file and hand it on."""
        self.request_id = call["requestId"]
        self._step("Downloading")
        done = lambda status, _body: self._fetched(call, status)  # noqa: E731 - a name for the reader
        self._station.charger.errands.append(Errand(method="GET", url=call["location"], done=done))

    def _fetched(self, call: Payload, status: int) -> None:
        if status != _OK:
            self._step("DownloadFailed")
            return
        self._step("Downloaded")
        self._step("ChecksumVerified")
        location = self.locations[call["checksum"]] = f"http://{self._station.charger.config.id}.local/firmware"
        self._step("Published", location=[location])

    def _step(self, status: str, **more: object) -> None:
        self.status = status
        payload = {"status": status, "requestId": self.request_id, **more}
        self._station.keep("PublishFirmwareStatusNotification", payload)


def _update(station: Station, call: Payload) -> Payload:
    firmware = call["firmware"]
    certificate = firmware.get("signingCertificate")
    if certificate is not None and signatures.certificate(certificate) is None:
        security.event(station, "InvalidFirmwareSigningCertificate")
        return commands.status("InvalidCertificate")
    instead = station.own(Updater).start(
        firmwares.Update(
            url=firmware["location"],
            request_id=call["requestId"],
            retrieve_at=clock.moment(firmware["retrieveDateTime"]),
            install_at=clock.moment(firmware.get("installDateTime", firmware["retrieveDateTime"])),
            retries=call.get("retries", 0),
            interval=call.get("retryInterval", 60),
            certificate=certificate,
            signature=firmware.get("signature", ""),
        )
    )
    return commands.status("AcceptedCanceled" if instead else "Accepted")


def _publish(station: Station, call: Payload) -> Payload:
    station.own(Published).start(call)
    return commands.status("Accepted")


def _unpublish(station: Station, call: Payload) -> Payload:
    known = station.own(Published).locations.pop(call["checksum"], None)
    return commands.status("NoFirmware" if known is None else "Unpublished")


def tell_status(station: Station, _affected: list[Connector]) -> bool:
    """TriggerMessage FirmwareStatusNotification: how far an update is."""
    updater = station.own(Updater)
    request = {"requestId": updater.update.request_id} if updater.busy and updater.update is not None else {}
    status = updater.status if updater.busy else "Idle"
    station.tell_now("FirmwareStatusNotification", {"status": status, **request})
    return True


def tell_published(station: Station, _affected: list[Connector]) -> bool:
    """TriggerMessage PublishFirmwareStatusNotification: how far publishing is."""
    published = station.own(Published)
    request = {} if published.request_id is None else {"requestId": published.request_id}
    if published.status == "Published":
        request["location"] = list(published.locations.values())  # type: ignore[assignment]
    station.tell_now("PublishFirmwareStatusNotification", {"status": published.status, **request})
    return True


COMMANDS: Mapping[str, commands.Handler] = {
    "PublishFirmware": _publish,
    "UnpublishFirmware": _unpublish,
    "UpdateFirmware": _update,
}
