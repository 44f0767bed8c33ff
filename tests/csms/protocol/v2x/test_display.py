"""OCPP 2.x display messages."""

from typing import Any

import pytest

from csms.domain import facts, inventory
from csms.protocol import versions
from tests.csms.protocol.v2x.support import BOTH, answered, learnt, refused, told

MESSAGE = {"id": 3, "priority": "InFront", "message": {"format": "UTF8", "content": "Out of milk"}}


@BOTH
def test_what_is_shown_is_known(version: versions.Version) -> None:
    shown = inventory.Change(kind="display-messages", put={"3": MESSAGE})
    assert learnt(version, "SetDisplayMessage", {"message": MESSAGE}, {"status": "Accepted"}) == (shown,)
    assert learnt(version, "SetDisplayMessage", {"message": MESSAGE}, {"status": "NotSupportedPriority"}) == ()


@BOTH
def test_a_charger_tells_what_it_shows(version: versions.Version) -> None:
    report = {"requestId": 7, "messageInfo": [MESSAGE], "tbc": True}
    fact = told(facts.Notification, version, "NotifyDisplayMessages", report)
    assert fact.changes == (inventory.Change(kind="display-messages", put={"3": MESSAGE}),)
    assert answered(version, "NotifyDisplayMessages", facts.Acknowledged()) == {}
    assert told(facts.Notification, version, "NotifyDisplayMessages", {"requestId": 7}).changes == ()


@BOTH
@pytest.mark.parametrize("status", ["Accepted", "Unknown"])
def test_a_cleared_message_is_gone(version: versions.Version, status: str) -> None:
    [change] = learnt(version, "ClearDisplayMessage", {"id": 3}, {"status": status})
    assert change.drop == ("3",)


@BOTH
@pytest.mark.parametrize(
    ("asked", "change"),
    [
        ({}, inventory.Change(kind="display-messages", where={})),
        ({"priority": "InFront"}, inventory.Change(kind="display-messages", where={"priority": "InFront"})),
        ({"id": [1, 3]}, inventory.Change(kind="display-messages", drop=("1", "3"))),
    ],
)
def test_that_there_are_none_is_known_too(
    version: versions.Version, asked: dict[str, Any], change: inventory.Change
) -> None:
    request = {"requestId": 7, **asked}
    assert learnt(version, "GetDisplayMessages", request, {"status": "Unknown"}) == (change,)
    assert learnt(version, "GetDisplayMessages", request, {"status": "Accepted"}) == ()


@BOTH
@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "OccurrenceConstraintViolation"),
        ({"requestId": 7, "messageInfo": []}, "OccurrenceConstraintViolation"),
        ({"requestId": 7, "messageInfo": [{**MESSAGE, "priority": "Loud"}]}, "PropertyConstraintViolation"),
        ({"requestId": "7"}, "TypeConstraintViolation"),
    ],
)
def test_rule_10_messages_that_cannot_be_read_are_refused(
    version: versions.Version, payload: dict[str, Any], code: str
) -> None:
    assert refused(version, "NotifyDisplayMessages", payload) == code
