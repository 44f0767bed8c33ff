"""What a charger's answer says became of a command."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import commands, facts
from csms.protocol import frames, outcomes, versions
from tests.csms.protocol.support import V16, V21, V201, ended, patient
from tests.csms.protocol.test_frames import json_values

RESET = commands.Reset(type="hard")
SET = commands.SetConfiguration(key="HeartbeatInterval", value="60")
UNLOCK = commands.Unlock(connector_id=1)
AVAILABILITY = commands.Availability(available=False)
TRANSFER = commands.DataTransfer(vendor_id="V")
REMOTE_START = commands.RemoteStart(id_token=facts.IdToken("TAG1"))


@pytest.mark.parametrize(
    ("command", "word", "status", "is_refused"),
    [
        (RESET, "Accepted", "accepted", False),
        (RESET, "Rejected", "rejected", True),
        (SET, "RebootRequired", "reboot_required", False),
        (SET, "NotSupported", "not_supported", True),
        (UNLOCK, "Unlocked", "accepted", False),
        (UNLOCK, "UnlockFailed", "unlock_failed", True),
        (AVAILABILITY, "Scheduled", "scheduled", False),
        (TRANSFER, "UnknownVendorId", "unknown_vendor_id", True),
        (TRANSFER, "UnknownMessageId", "unknown_message_id", True),
        (REMOTE_START, "Rejected", "rejected", True),
    ],
)
def test_rule_54_the_answer_s_word_is_the_status(
    command: commands.Command, word: str, status: str, is_refused: bool
) -> None:
    outcome = ended(command, {"status": word})
    assert outcome == commands.Outcome(status=status, refused=is_refused, response={"status": word})


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
@pytest.mark.parametrize(
    ("actions", "word", "status"),
    [
        (("GetLog", "SignedUpdateFirmware", "UpdateFirmware"), "AcceptedCanceled", "accepted_canceled"),
        (("GetInstalledCertificateIds", "GetDERControl"), "NotFound", "not_found"),
        (("GetBaseReport", "GetMonitoringReport", "GetReport"), "EmptyResultSet", "empty_result_set"),
        (("GetChargingProfiles",), "NoProfiles", "no_profiles"),
        (("GetDisplayMessages",), "Unknown", "unknown"),
        (("GetTariffs",), "NoTariff", "no_tariff"),
        (("UnpublishFirmware",), "Unpublished", "unpublished"),
    ],
)
def test_a_word_that_only_one_kind_of_answer_has_may_say_yes(
    version: versions.Version, actions: tuple[str, ...], word: str, status: str
) -> None:
    for action in (each for each in actions if each in version.calls):
        if (action, version) != ("UpdateFirmware", V16):  # whose answer has no word
            outcome = version.outcome(versions.Order(action, {}), {"status": word})
            assert (outcome.status, outcome.refused, outcomes.agreed(outcome)) == (status, False, True), action


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
@pytest.mark.parametrize(
    ("action", "word"),
    [
        ("ClearChargingProfile", "Unknown"),
        ("ClearDERControl", "NotFound"),
        ("ClearDisplayMessage", "Unknown"),
        ("DeleteCertificate", "NotFound"),
        ("GetLog", "Rejected"),
        ("SetMonitoringBase", "EmptyResultSet"),
        ("UnpublishFirmware", "NoFirmware"),
        ("UnpublishFirmware", "DownloadOngoing"),
    ],
)
def test_the_same_word_may_say_no_elsewhere(version: versions.Version, action: str, word: str) -> None:
    if action in version.calls:
        outcome = version.outcome(versions.Order(action, {}), {"status": word})
        assert (outcome.refused, outcomes.agreed(outcome)) == (True, False)


def test_an_answer_that_says_nothing_we_know_is_no_yes() -> None:
    assert not outcomes.agreed(ended(RESET, {"status": "Whatever"}))
    assert not outcomes.agreed(V16.outcome_of_error(versions.Order("Reset", {}), frames.CallError("7", "X", "", {})))


def test_rule_54_a_configuration_comes_with_its_unknown_keys() -> None:
    response = {"configurationKey": [{"key": "A", "readonly": True, "value": "1"}], "unknownKey": ["B"]}
    outcome = ended(commands.GetConfiguration(keys=("A", "B")), response)
    assert outcome == commands.Outcome(status="accepted", response=response)


def test_an_answer_with_a_fault_beside_its_status_counts_and_tells() -> None:
    outcome = ended(RESET, {"status": "Accepted", "mood": "fine"})
    assert (outcome.status, outcome.refused) == ("accepted", False)
    assert "Reset is not valid" in outcome.detail


@pytest.mark.parametrize("response", [{}, {"status": "OK"}, {"status": 1}, [], None, "Accepted"])
def test_an_answer_without_a_readable_status_is_an_error(response: Any) -> None:
    outcome = ended(RESET, response)
    assert outcome.status == "error"
    assert outcome.detail


def test_fractions_in_an_answer_are_numbers() -> None:
    frame = V16.parse(
        '[3,"7",{"status":"Accepted","chargingSchedule":{"chargingRateUnit":"A",'
        '"chargingSchedulePeriod":[{"startPeriod":0,"limit":16.1}]}}]'
    )
    assert isinstance(frame, frames.CallResult)
    outcome = V16.outcome(versions.Order("GetCompositeSchedule", {}), frame.payload)
    assert outcome.response["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16.1}]
    assert outcome.detail == ""


def test_a_call_error_is_an_error_with_its_three_fields() -> None:
    outcome = V16.outcome_of_error(
        versions.Order("Reset", {}), frames.CallError("7", "NotSupported", "no reset here", {"a": 1})
    )
    assert outcome == commands.Outcome(
        status="error",
        detail="The charger answered Reset with NotSupported: no reset here",
        response={"error_code": "NotSupported", "error_description": "no reset here", "error_details": {"a": 1}},
    )


def test_a_raw_call_has_the_outcome_of_its_action() -> None:
    raw = commands.Raw(action="SendLocalList", payload={"listVersion": 1, "updateType": "Full"})
    assert ended(raw, {"status": "VersionMismatch"}).status == "version_mismatch"


@patient
@given(command=st.sampled_from([RESET, SET, UNLOCK, TRANSFER, commands.GetConfiguration()]), response=json_values)
def test_no_answer_makes_it_raise(command: commands.Command, response: Any) -> None:
    assert ended(command, response).status


def test_an_answer_with_a_number_that_nobody_can_hold_is_an_error() -> None:
    frame = V16.parse('[3,"7",{"status":"Accepted","x":1E400}]')
    assert isinstance(frame, frames.CallResult)
    assert ended(RESET, frame.payload) == commands.Outcome(
        status="error", detail="The answer to Reset holds a number out of bounds."
    )
