"""OCPP 1.6 firmware: ordered, signed or not, and how far it is (rule 56)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands
from tests.csms.protocol.v16.blocks import detail, learnt, merged, noticed, ordered

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
URL = "https://user:secret@files.example.com/fw/one-time-name?key=1"
WHEN = "2026-03-01T10:00:00.000Z"
SIGNED: dict[str, Any] = {"signing_certificate": "PEM", "signature": "SIG", "request_id": 9}


def update(**fields: Any) -> commands.UpdateFirmware:
    return commands.UpdateFirmware(**merged({"url": URL, "retrieve_at": AT}, fields))


def test_firmware_without_a_signature() -> None:
    assert ordered(update()) == ("UpdateFirmware", {"location": URL, "retrieveDate": WHEN})


def test_signed_firmware_has_a_call_of_its_own() -> None:
    firmware = {"location": URL, "retrieveDateTime": WHEN, "signingCertificate": "PEM", "signature": "SIG"}
    assert ordered(update(**SIGNED)) == ("SignedUpdateFirmware", {"requestId": 9, "firmware": firmware})
    _, payload = ordered(update(**SIGNED, install_at=AT))
    assert payload["firmware"]["installDateTime"] == WHEN


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"retrieve_at": None}, "retrieve_at"),
        ({"install_at": AT}, "only signed firmware"),
        ({**SIGNED, "signature": None}, "both"),
        ({**SIGNED, "signing_certificate": None}, "both"),
        ({**SIGNED, "request_id": None}, "request_id"),
    ],
)
def test_what_1_6_cannot_order(fields: dict[str, Any], told: str) -> None:
    assert told in detail(update(**fields))


def test_what_was_ordered_is_kept_without_what_only_the_charger_needs() -> None:
    [change] = learnt("UpdateFirmware", {"location": URL, "retrieveDate": WHEN}, {})
    assert change.put == {"update": {"location": "https://files.example.com/…", "retrieveDate": WHEN}}
    _, request = ordered(update(**SIGNED))
    for status in ("Accepted", "AcceptedCanceled"):
        [change] = learnt("SignedUpdateFirmware", request, {"status": status})
        body = {"requestId": 9, "location": "https://files.example.com/…", "signed": True, "retrieveDateTime": WHEN}
        assert (change.kind, change.put) == ("firmware", {"update": body, "9": body})
    for status in ("Rejected", "InvalidCertificate", "RevokedCertificate"):
        assert learnt("SignedUpdateFirmware", request, {"status": status}) == ()


def test_how_far_it_is() -> None:
    [change] = noticed("FirmwareStatusNotification", {"status": "Installing"})
    assert (change.kind, change.put, change.merge) == ("firmware", {"status": {"status": "Installing"}}, {})


def test_rule_56_a_status_names_its_request_on_whatever_socket() -> None:
    body = {"status": "InstallRebooting", "requestId": 9}
    [change] = noticed("SignedFirmwareStatusNotification", body)
    assert (change.put, change.merge) == ({"status": body}, {"9": body})
