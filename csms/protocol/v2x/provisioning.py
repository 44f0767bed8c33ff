"""OCPP 2.x provisioning: boots and heartbeats. The device model is in device_model.py, resets in remote_control.py."""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts
from csms.protocol import fields, times, versions


def _boot(report: fields.Fields) -> facts.Boot:
    station = report.whole("chargingStation")
    modem = station.part("modem")
    return facts.Boot(
        vendor=station.words("vendorName"),
        model=station.words("model"),
        serial_number=station.text("serialNumber"),
        firmware_version=station.text("firmwareVersion"),
        iccid=modem.text("iccid") if modem else None,
        imsi=modem.text("imsi") if modem else None,
        reason=report.text("reason"),
        suspect=report.suspect,
    )


def _booted(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.BootAnswer)
    return {"status": answer.status, "currentTime": times.write(answer.now), "interval": answer.interval_s}


def _heartbeat(report: fields.Fields) -> facts.Heartbeat:
    return facts.Heartbeat(suspect=report.suspect)


def _beaten(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.HeartbeatAnswer)
    return {"currentTime": times.write(answer.now)}


INCOMING: Mapping[str, versions.Incoming] = {
    "BootNotification": versions.Incoming(_boot, _booted),
    "Heartbeat": versions.Incoming(_heartbeat, _beaten),
}
