"""OCPP 2.x availability: statuses of connectors, and taking them in and out of service."""

from datetime import UTC, datetime
from typing import Any

import pytest

from csms.domain import commands, facts, topology
from csms.protocol import versions
from tests.csms.protocol.v2x.support import AT, BOTH, ordered, refused, told

STATUS = {"timestamp": AT, "connectorStatus": "Occupied", "evseId": 2, "connectorId": 1}
TWO_PLUGS = versions.Peer(topology.of([(1, [1, 2]), (2, [1])]))


@BOTH
def test_rule_24_a_status_is_of_a_connector_of_an_evse(version: versions.Version) -> None:
    report = told(facts.AvailabilityReport, version, "StatusNotification", STATUS)
    assert report.availability == facts.Availability(2, 1, "Occupied", datetime(2026, 3, 1, 10, tzinfo=UTC))


@BOTH
def test_rule_26_connector_0_is_the_whole_evse(version: versions.Version) -> None:
    report = told(facts.AvailabilityReport, version, "StatusNotification", {**STATUS, "connectorId": 0})
    assert report.availability.connector_id is None


@BOTH
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"connectorStatus": "Charging"}, "PropertyConstraintViolation"),
        ({"evseId": "2"}, "TypeConstraintViolation"),
        ({"timestamp": 5}, "TypeConstraintViolation"),
    ],
)
def test_rule_10_a_status_that_nobody_knows_is_refused(
    version: versions.Version, changes: dict[str, Any], code: str
) -> None:
    assert refused(version, "StatusNotification", {**STATUS, **changes}) == code


@BOTH
@pytest.mark.parametrize(
    ("place", "evse"),
    [
        ({}, {}),
        ({"connector_id": 0}, {}),
        ({"evse_id": 1}, {"evse": {"id": 1}}),
        ({"connector_id": 2}, {"evse": {"id": 1, "connectorId": 2}}),
        ({"connector_id": 3}, {"evse": {"id": 2, "connectorId": 1}}),
    ],
)
def test_rule_54_the_charger_an_evse_or_a_connector_goes_out_of_service(
    version: versions.Version, place: dict[str, int], evse: dict[str, Any]
) -> None:
    order = ordered(version, commands.Availability(available=False, **place), TWO_PLUGS)
    assert order == ("ChangeAvailability", {"operationalStatus": "Inoperative", **evse})
