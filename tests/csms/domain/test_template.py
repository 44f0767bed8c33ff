"""Configuration templates: which of several decides a key, and how a charger differs from what it should be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import template
from csms.domain.selection import Selection, Subject
from csms.domain.template import Known, Template, Wanted

OLD = Subject(id="CP-01", station_id="mall", protocol="1.6", vendor="ACME", model="Fast-22")
NEW = Subject(id="CP-02", protocol="2.0.1", vendor="ACME", model="Fast-50")
BOTH = {"HeartbeatInterval": "300", "OCPPCommCtrlr.HeartbeatInterval": "600"}


def made(id: str, settings: dict[str, str], enforce: bool = False, **match: object) -> Template:
    return Template(id=id, match=Selection(**match), settings=settings, enforce=enforce)  # type: ignore[arg-type]


def test_a_charger_is_told_the_keys_of_its_version() -> None:
    assert template.wanted([made("t", BOTH)], OLD) == {"HeartbeatInterval": Wanted("300", "t")}
    assert template.wanted([made("t", BOTH)], NEW) == {"OCPPCommCtrlr.HeartbeatInterval": Wanted("600", "t")}


def test_a_charger_that_never_connected_is_told_nothing() -> None:
    assert template.wanted([made("t", BOTH)], Subject(id="CP-03")) == {}


def test_a_vendors_key_with_a_dot_is_for_1_6_where_the_template_is() -> None:
    assert template.wanted([made("t", {"ACME.Light": "on"})], OLD) == {}
    found = template.wanted([made("t", {"ACME.Light": "on"}, protocol="1.6")], OLD)
    assert found == {"ACME.Light": Wanted("on", "t")}


@pytest.mark.parametrize("order", [1, -1])
def test_the_most_particular_template_decides_each_key(order: int) -> None:
    templates = [
        made("all", {"A": "all", "B": "all", "C": "all", "D": "all"}),
        made("vendor", {"B": "vendor", "C": "vendor", "D": "vendor"}, vendor="acme"),
        made("model", {"C": "model", "D": "model"}, model="fast-22"),
        made("charger", {"D": "charger"}, enforce=True, charger_ids=("CP-01",)),
        made("other", {"A": "other"}, vendor="Other"),
    ]
    found = template.wanted(templates[::order], OLD)
    assert {key: target.value for key, target in found.items()} == {
        "A": "all",
        "B": "vendor",
        "C": "model",
        "D": "charger",
    }
    assert [key for key, target in found.items() if target.enforce] == ["D"]


def test_of_equals_the_newest_decides() -> None:
    templates = [made("old", {"A": "1"}, vendor="ACME"), made("new", {"A": "2"}, vendor="ACME")]
    assert template.wanted(templates, OLD)["A"].template_id == "new"


@pytest.mark.parametrize(
    ("value", "said", "status"),
    [
        ("300", Known("300"), None),
        ("300", Known("60"), "differs"),
        ("300", Known(None), "differs"),
        ("300", Known("60", readonly=True), "read_only"),
        ("300", Known("60", pending="300"), "pending_reboot"),
        ("300", Known("60", pending="90"), "differs"),
        ("300", None, "unknown"),
        ("A,B", Known("A, B"), None),
        ("A,B", Known("B,A"), "differs"),
        ("true", Known("True"), None),
        ("Yes", Known("yes"), "differs"),
    ],
)
def test_a_difference_says_what_it_is(value: str, said: Known | None, status: str | None) -> None:
    known = {} if said is None else {"KEY": said}
    found = template.drift({"key": Wanted(value, "t")}, known)
    assert [each.status for each in found] == ([] if status is None else [status])
    if found:
        assert (found[0].key, found[0].wanted, found[0].found) == ("key", value, said.value if said else None)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_a_charger_that_told_what_it_should_be_does_not_differ(settings: dict[str, str]) -> None:
    targets = {key.casefold(): Wanted(value, "t") for key, value in settings.items()}
    known = {key: Known(target.value) for key, target in targets.items()}
    assert template.drift(targets, known) == []
