"""Which charger may deviate in what (rule 17)."""

import pytest

from csms.domain import quirk


def test_every_quirk_says_why() -> None:
    assert all(each.reason.endswith(".") for each in quirk.Quirk)


def test_a_charger_without_a_set_of_its_own_has_its_vendors() -> None:
    assert quirk.allowed(None, "OpenEVSE") == quirk.TOLERANT | {quirk.Quirk.MISTYPED_VALUES}
    assert quirk.allowed(None, "ACME") == quirk.allowed(None, None) == quirk.TOLERANT


def test_its_own_set_replaces_its_vendors() -> None:
    assert quirk.allowed((), "OpenEVSE") == quirk.STRICT
    assert quirk.allowed(("long_text",), "OpenEVSE") == {quirk.Quirk.LONG_TEXT}


def test_a_name_that_no_quirk_has_is_found() -> None:
    assert quirk.unknown(["long_text", "anything_goes"]) == ["anything_goes"]
    with pytest.raises(ValueError, match="anything_goes"):
        quirk.allowed(["anything_goes"], None)
