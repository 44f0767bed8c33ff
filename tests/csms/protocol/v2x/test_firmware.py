"""OCPP 2.x firmware: ordered, published, and how far it is (rule 56)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands
from csms.protocol import versions
from tests.csms.protocol.v2x.support import BOTH, ordered
from tests.csms.protocol.v21.holding import Holding

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
WHEN = "2026-03-01T10:00:00.000Z"
URL = "https://user:secret@files.example.com/one-time-name?key=1"
SHOWN = "https://files.example.com/…"


def update(**fields: Any) -> commands.UpdateFirmware:
    usual: dict[str, Any] = {"url": URL, "retrieve_at": AT, "request_id": 9}
    return commands.UpdateFirmware(**{**usual, **fields})


@BOTH
def test_firmware_is_ordered_and_followed(version: versions.Version) -> None:
    action, request = ordered(version, update(install_at=AT))
    firmware = {"location": URL, "retrieveDateTime": WHEN, "installDateTime": WHEN}
    assert (action, request) == ("UpdateFirmware", {"requestId": 9, "firmware": firmware})
    holding = Holding(version)
    holding.learns("UpdateFirmware", request, {"status": "Accepted"})
    holding.says("FirmwareStatusNotification", {"status": "InstallRebooting", "requestId": 9})
    holding.says("FirmwareStatusNotification", {"status": "Idle"})
    held = holding.of("firmware")
    assert held["status"] == {"status": "Idle"}
    assert (held["9"]["status"], held["9"]["location"], held["9"]["signed"]) == ("InstallRebooting", SHOWN, False)


@BOTH
@pytest.mark.parametrize("status", ["Rejected", "InvalidCertificate", "RevokedCertificate"])
def test_firmware_that_was_refused_is_none(version: versions.Version, status: str) -> None:
    _, request = ordered(version, update(signing_certificate="PEM", signature="SIG"))
    holding = Holding(version)
    holding.learns("UpdateFirmware", request, {"status": status})
    assert holding.of("firmware") == {}


@BOTH
@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"retrieve_at": None}, "retrieve_at"), ({"request_id": None}, "request_id"), ({"signature": "SIG"}, "both")],
)
def test_what_an_update_cannot_do_without(version: versions.Version, fields: dict[str, Any], wrong: str) -> None:
    assert wrong in ordered(version, update(**fields))


@BOTH
def test_a_local_controller_publishes_firmware(version: versions.Version) -> None:
    holding, request = Holding(version), {"location": URL, "checksum": "a" * 32, "requestId": 9}
    holding.learns("PublishFirmware", request, {"status": "Rejected"})
    assert holding.of("published-firmware") == {}
    holding.learns("PublishFirmware", request, {"status": "Accepted"})
    status = {"status": "Published", "requestId": 9, "location": ["http://10.0.0.7/fw"]}
    holding.says("PublishFirmwareStatusNotification", status)
    published = {"checksum": "a" * 32, "requestId": 9, "location": SHOWN}
    assert holding.of("published-firmware") == {"a" * 32: published, "status": status}
    holding.learns("UnpublishFirmware", {"checksum": "a" * 32}, {"status": "DownloadOngoing"})
    assert "a" * 32 in holding.of("published-firmware")
    holding.learns("UnpublishFirmware", {"checksum": "a" * 32}, {"status": "Unpublished"})
    assert holding.of("published-firmware") == {"status": status}
