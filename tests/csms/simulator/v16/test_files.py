"""A 1.6 charger's files: firmware that it fetches and installs, logs that it brings (rule 56)."""

import json
from typing import Any

import pytest

from csms.simulator.errands import Errand
from tests.csms.simulator.world import World

NOW = "2027-01-15T08:00:00Z"
URL = "https://files.example.com/fw-2.0.0.bin"


def errand(world: World) -> Errand:
    world.talk()
    return world.charger.errands.popleft()


def done(world: World, errand: Errand, status: int, body: bytes = b"") -> None:
    errand.done(status, body)
    world.talk()


def told(world: World, action: str) -> list[str]:
    return [call["status"] for call in world.calls(action)]


def test_firmware_is_fetched_installed_and_told_after_the_reboot() -> None:
    world = World()
    assert world.order("UpdateFirmware", location=URL, retrieveDate=NOW) == {}
    fetch = errand(world)
    assert (fetch.method, fetch.url) == ("GET", URL)
    done(world, fetch, 200, b"firmware 2.0.0")
    world.run(30)
    assert world.charger.hang_up == "close"
    world.disconnect()
    world.run(10)
    world.connect()
    assert told(world, "FirmwareStatusNotification") == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert world.calls("BootNotification")[-1]["firmwareVersion"] == "2.0.0"


@pytest.mark.parametrize(
    ("status", "body", "last"), [(404, b"", "DownloadFailed"), (200, b"broken image", "InstallationFailed")]
)
def test_firmware_that_fails(status: int, body: bytes, last: str) -> None:
    world = World()
    world.order("UpdateFirmware", location=URL, retrieveDate=NOW)
    done(world, errand(world), status, body)
    world.run(30)
    assert told(world, "FirmwareStatusNotification")[-1] == last


def test_a_fetch_is_tried_again() -> None:
    world = World()
    world.order("UpdateFirmware", location=URL, retrieveDate=NOW, retries=1, retryInterval=60)
    done(world, errand(world), 503)
    world.run(61)
    done(world, errand(world), 200)
    assert told(world, "FirmwareStatusNotification")[-1] == "Installing"


def test_signed_firmware_needs_a_certificate_that_can_be_read() -> None:
    firmware = {"location": URL, "retrieveDateTime": NOW, "signingCertificate": "no PEM", "signature": "AAAA"}
    answer = World().order("SignedUpdateFirmware", requestId=9, firmware=firmware)
    assert answer == {"status": "InvalidCertificate"}


@pytest.mark.parametrize(("status", "steps"), [(201, ["Uploading", "Uploaded"]), (500, ["Uploading", "UploadFailed"])])
def test_diagnostics_are_brought_by_put(status: int, steps: list[str]) -> None:
    world = World()
    answer = world.order("GetDiagnostics", location="https://csms.example.com/uploads/one-time")
    bring = errand(world)
    assert (bring.method, bring.url) == ("PUT", "https://csms.example.com/uploads/one-time")
    assert b"charger CP-1" in bring.body
    assert answer["fileName"].startswith("CP-1-diagnostics-")
    done(world, bring, status)
    assert told(world, "DiagnosticsStatusNotification") == steps


def test_a_log_is_brought_with_its_request_and_a_newer_order_takes_over() -> None:
    world, log = World(), {"remoteLocation": "https://csms.example.com/uploads/one-time"}
    call: dict[str, Any] = {"log": log, "logType": "SecurityLog"}
    assert world.order("GetLog", requestId=1, **call)["status"] == "Accepted"
    errand(world)
    assert world.order("GetLog", requestId=2, **call)["status"] == "AcceptedCanceled"
    done(world, errand(world), 200)
    assert world.calls("LogStatusNotification")[-1] == {"status": "Uploaded", "requestId": 2}


def test_triggers_tell_how_far_things_are() -> None:
    world = World()
    world.order("TriggerMessage", requestedMessage="FirmwareStatusNotification")
    world.order("GetDiagnostics", location=URL)
    world.order("TriggerMessage", requestedMessage="DiagnosticsStatusNotification")
    assert told(world, "FirmwareStatusNotification") == ["Idle"]
    assert told(world, "DiagnosticsStatusNotification")[-1] == "Uploading"


def test_a_payload_that_breaks_the_schema_is_refused() -> None:
    world = World()
    world.charger.receive(json.dumps([2, "x", "GetDiagnostics", {"retries": 1}]))
    assert json.loads(world.charger.frames.popleft())[:3] == [4, "x", "OccurenceConstraintViolation"]
