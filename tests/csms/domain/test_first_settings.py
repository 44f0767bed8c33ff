"""What a charger is given at first, so that live energy is seen (rule 21)."""

import pytest

from csms.domain import first_settings, variables
from csms.domain.facts import REGISTER


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("MeterValueSampleInterval", "0", [("MeterValueSampleInterval", "60")]),
        ("MeterValueSampleInterval", "", [("MeterValueSampleInterval", "60")]),
        ("MeterValueSampleInterval", "900", []),
        ("MeterValuesSampledData", "SoC", [("MeterValuesSampledData", f"SoC,{REGISTER}")]),
        ("MeterValuesSampledData", f"{REGISTER},SoC", []),
        ("HeartbeatInterval", "0", []),
    ],
)
def test_rule_21_in_1_6_only_what_keeps_energy_from_being_seen_is_set(
    key: str, value: str, wanted: list[tuple[str, str]]
) -> None:
    assert first_settings.missing_16({key: (value, False)}, 60) == wanted
    assert first_settings.missing_16({key: (value, True)}, 60) == []


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("SampledDataCtrlr.TxUpdatedInterval", "0", "60"),
        ("SampledDataCtrlr.TxUpdatedInterval", "30", None),
        ("SampledDataCtrlr.TxUpdatedMeasurands", "Power.Active.Import", f"Power.Active.Import,{REGISTER}"),
        ("SampledDataCtrlr.TxStartedMeasurands", "", REGISTER),
        ("SampledDataCtrlr.TxEndedMeasurands", None, REGISTER),
        ("AlignedDataCtrlr.Measurands", REGISTER, None),
        ("TxCtrlr.TxStartPoint", "PowerPathClosed", None),
    ],
)
def test_rule_21_in_2x_likewise(key: str, value: str | None, wanted: str | None) -> None:
    found = first_settings.missing_2x({key: (value, False)}, 60)
    assert found == ([] if wanted is None else [(key, wanted)])
    assert first_settings.missing_2x({key: (value, True)}, 60) == []


def test_a_charger_that_sends_no_samples_sends_clock_aligned_values() -> None:
    aligned = "AlignedDataCtrlr.Interval"
    assert first_settings.missing_2x({aligned: ("0", False)}, 60) == [(aligned, "60")]
    sampled = {"SampledDataCtrlr.TxUpdatedInterval": ("60", False)}
    assert first_settings.missing_2x({aligned: ("0", False), **sampled}, 60) == []


@pytest.mark.parametrize("key", sorted(first_settings.NOTED_2X))
def test_every_key_that_is_read_is_a_variable_s_name(key: str) -> None:
    found = variables.parse(key)
    assert found is not None
    assert found.key == key


def test_only_the_limits_that_messages_are_made_by_are_read() -> None:
    """Monitors are set raw, in one message as it is given; a local list is dealt out by the number of its entries."""
    read = [key for keys in first_settings.READS_2X for key in keys if "PerMessage" in key]
    assert read == [*first_settings.LIMITS_2X, "LocalAuthListCtrlr.ItemsPerMessage"]
