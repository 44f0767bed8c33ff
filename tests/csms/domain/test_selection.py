"""Which chargers a selection means, and which of two selections is the more particular."""

import pytest

from csms.domain import selection
from csms.domain.selection import Selection, Subject

CP = Subject(id="CP-01", station_id="mall", protocol="1.6", vendor="ACME", model="Fast-22", firmware_version="1.0")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, True),
        ({"vendor": "acme"}, True),
        ({"vendor": "Other"}, False),
        ({"model": "FAST-22", "vendor": "ACME"}, True),
        ({"model": "Slow", "vendor": "ACME"}, False),
        ({"protocol": "2.0.1"}, False),
        ({"from_version": "1.0"}, True),
        ({"from_version": "1"}, False),
        ({"station_ids": ["mall", "airport"]}, True),
        ({"station_ids": []}, False),
        ({"charger_ids": ["cp-01"]}, True),
        ({"charger_ids": ["CP-02"]}, False),
    ],
)
def test_everything_that_is_named_must_fit(wanted: dict[str, object], found: bool) -> None:
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in wanted.items()}
    assert selection.matches(Selection(**fields), CP) is found  # type: ignore[arg-type]
    assert bool(selection.selected(Selection(**fields), [CP])) is found  # type: ignore[arg-type]


def test_what_a_charger_has_not_said_fits_nothing() -> None:
    assert not selection.matches(Selection(vendor="ACME"), Subject(id="NEW"))
    assert not selection.matches(Selection(station_ids=("mall",)), Subject(id="NEW"))


def test_the_more_particular_outweighs_all_that_is_less() -> None:
    ranked = [
        Selection(),
        Selection(protocol="1.6"),
        Selection(vendor="ACME"),
        Selection(vendor="ACME", protocol="1.6"),
        Selection(model="Fast-22"),
        Selection(model="Fast-22", vendor="ACME", protocol="1.6"),
        Selection(station_ids=("mall",)),
        Selection(charger_ids=("CP-01",)),
    ]
    weights = [each.weight for each in ranked]
    assert weights == sorted(set(weights))
