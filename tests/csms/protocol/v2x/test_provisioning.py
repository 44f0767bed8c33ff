"""OCPP 2.x provisioning: boots and heartbeats."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol import versions
from tests.csms.protocol.v2x.support import BOTH, answered, refused, told

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
STATION = {"vendorName": "Acme", "model": "Fast 50"}
BOOT = {"reason": "PowerUp", "chargingStation": STATION}


@BOTH
def test_a_boot_tells_what_the_charger_is(version: versions.Version) -> None:
    known = {"serialNumber": "S1", "firmwareVersion": "1.2", "modem": {"iccid": "89", "imsi": "262"}}
    boot = told(facts.Boot, version, "BootNotification", {"reason": "PowerUp", "chargingStation": {**STATION, **known}})
    assert boot == facts.Boot(
        vendor="Acme",
        model="Fast 50",
        serial_number="S1",
        firmware_version="1.2",
        iccid="89",
        imsi="262",
        reason="PowerUp",
    )


@BOTH
def test_a_boot_may_tell_no_more_than_it_must(version: versions.Version) -> None:
    assert told(facts.Boot, version, "BootNotification", BOOT).serial_number is None


@BOTH
@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"reason": "PowerUp"}, "OccurrenceConstraintViolation"),
        ({"reason": "PowerUp", "chargingStation": "Acme"}, "TypeConstraintViolation"),
        ({"reason": "PowerUp", "chargingStation": {"model": "Fast 50"}}, "OccurrenceConstraintViolation"),
        ([], "FormatViolation"),
    ],
)
def test_rule_10_a_boot_that_cannot_be_read_is_refused_with_the_version_s_code(
    version: versions.Version, payload: Any, code: str
) -> None:
    assert refused(version, "BootNotification", payload) == code


@BOTH
@pytest.mark.parametrize("status", ["Accepted", "Pending", "Rejected"])
def test_a_boot_is_told_its_registration(version: versions.Version, status: str) -> None:
    answer = answered(version, "BootNotification", facts.BootAnswer(status, NOW, 300))
    assert answer == {"status": status, "currentTime": "2026-03-01T10:00:00.000Z", "interval": 300}


@BOTH
def test_rule_22_a_heartbeat_is_told_the_time_in_utc(version: versions.Version) -> None:
    assert isinstance(told(facts.Heartbeat, version, "Heartbeat", {}), facts.Heartbeat)
    assert answered(version, "Heartbeat", facts.HeartbeatAnswer(NOW)) == {"currentTime": "2026-03-01T10:00:00.000Z"}
