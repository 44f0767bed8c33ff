"""What is recorded of a charger, what it may report and be ordered, and what nobody may read (rules 4, 19-21, 26)."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csms.domain import charger, configuration, events, facts, inventory
from tests.csms.domain.support import BEGIN, at, seen

FRESH = charger.Charger(id="CP-01")
BOOT = facts.Boot(vendor="V", model="M", serial_number="S", firmware_version="1", reason="PowerUp")


def after(*happened: events.AnyEvent, state: charger.Charger = FRESH, moment: datetime = BEGIN) -> charger.Charger:
    """The state that these events make."""
    for event in happened:
        state = charger.evolve(state, event, moment)
    return state


def report(status: str = "Available", connector_id: int = 1, **fields: object) -> facts.StatusReport:
    return facts.StatusReport(connector_id=connector_id, status=status, **fields)  # type: ignore[arg-type]


# -- the link --------------------------------------------------------------------------------------------------------


def test_a_connected_charger_is_online_in_its_protocol() -> None:
    state = after(events.Connected(epoch=1, protocol="ocpp1.6"))
    assert seen(state, "online", "epoch", "protocol", "connected_at", "version") == (True, 1, "ocpp1.6", at(0), 1)


def test_a_disconnected_charger_is_offline() -> None:
    assert not after(events.Connected(epoch=1, protocol="ocpp1.6"), events.Disconnected(epoch=1)).online


def test_rule_4_the_end_of_an_older_socket_does_not_take_the_newer_one_offline() -> None:
    links = (events.Connected(epoch=1, protocol="ocpp1.6"), events.Connected(epoch=2, protocol="ocpp1.6"))
    assert after(*links, events.Disconnected(epoch=1)).online


def test_whatever_was_recorded_last_was_when_it_was_seen() -> None:
    assert after(events.Notified(action="X", payload="{}"), moment=at(60)).last_seen_at == at(60)


def actual(value: str, **more: Any) -> dict[str, Any]:
    return {"attributes": {"Actual": {"value": value, **more}}}


def test_rule_21_of_thousands_of_variables_the_few_that_matter_are_noted() -> None:
    items, interval = "DeviceDataCtrlr.ItemsPerMessage/GetVariables", "SampledDataCtrlr.TxUpdatedInterval"
    put = {items: actual("20", mutability="ReadOnly"), interval: actual("60"), "Fan.Speed": actual("3")}
    known = after(events.InventoryChanged(changes=(inventory.Change(kind="variables", put=put),)))
    assert known.configuration == {items: ("20", True), interval: ("60", False)}
    assert known.described
    assert charger.limits(known.configuration) == {items: 20, interval: 60}


def test_a_new_value_of_a_noted_variable_takes_the_old_one_s_place() -> None:
    key = "DeviceDataCtrlr.ItemsPerMessage/GetVariables"
    first = inventory.Change(kind="variables", put={key: actual("20", mutability="ReadOnly")})
    second = inventory.Change(kind="variables", merge={key: actual("30")})
    known = after(events.InventoryChanged(changes=(first,)), events.InventoryChanged(changes=(second,)))
    assert known.configuration == {key: ("30", True)}


KEY = "DeviceDataCtrlr.ItemsPerMessage/GetVariables"
TOLD = events.InventoryChanged(changes=(inventory.Change(kind="variables", put={KEY: actual("20")}),))


def test_what_a_charger_told_of_its_variables_is_forgotten_with_its_firmware() -> None:
    linked = (events.Connected(epoch=1, protocol="2.0.1"), charger.boot(BOOT, "accepted"), TOLD)
    newer = msgspec.structs.replace(BOOT, firmware_version="2")
    booted = (charger.boot(newer, "accepted"), *charger.updated(after(*linked), newer))
    known = after(*linked, *booted)
    assert (known.configuration, known.described) == ({}, False)
    again = after(*linked, *booted, TOLD)
    assert (again.configuration, again.described) == ({KEY: ("20", False)}, True)


@pytest.mark.parametrize(
    ("protocol", "fact"),
    [("1.6", msgspec.structs.replace(BOOT, firmware_version="2")), ("2.1", BOOT)],
    ids=["settings of 1.6 are read as a whole", "the same firmware"],
)
def test_another_boot_forgets_nothing(protocol: str, fact: facts.Boot) -> None:
    state = after(events.Connected(epoch=1, protocol=protocol), charger.boot(BOOT, "accepted"))
    assert charger.updated(state, fact) == []


def test_other_things_of_the_inventory_are_no_configuration() -> None:
    change = inventory.Change(kind="monitors", put={"TxCtrlr.TxStartPoint": actual("x")})
    assert not after(events.InventoryChanged(changes=(change,))).described


def test_rule_21_new_firmware_has_another_configuration() -> None:
    read = events.ConfigurationRead(values={"A": ("1", False)})
    old = events.Booted(vendor="V", model="M", registration="accepted", firmware_version="1")
    new = events.Booted(vendor="V", model="M", registration="accepted", firmware_version="2")
    assert after(old, read, old).described
    assert not after(old, read, new).described


def test_rule_21_another_protocol_has_another_configuration() -> None:
    first, read = events.Connected(epoch=1, protocol="1.6"), events.ConfigurationRead(values={"A": ("1", False)})
    again = events.Connected(epoch=2, protocol="1.6")
    assert after(first, read, again).configuration == {"A": ("1", False)}
    other = after(first, read, events.Connected(epoch=2, protocol="2.0.1"))
    assert (other.configuration, other.described) == ({}, False)


# -- boot and status -------------------------------------------------------------------------------------------------


def test_a_boot_tells_what_the_charger_is() -> None:
    state = after(charger.boot(BOOT, "accepted"))
    assert seen(state, "vendor", "model", "serial_number", "firmware_version") == ("V", "M", "S", "1")
    assert seen(state, "booted_at", "accepted") == (at(0), True)


@pytest.mark.parametrize("registration", ["pending", "rejected"])
def test_a_boot_that_was_not_accepted_says_so(registration: str) -> None:
    assert not after(charger.boot(BOOT, registration)).accepted


def test_a_boot_ends_the_wait_for_a_reboot() -> None:
    changed = events.ConfigurationChanged(key="HeartbeatInterval", value="60", reboot_required=True)
    assert after(changed).pending_reboot
    assert not after(changed, charger.boot(BOOT, "accepted")).pending_reboot


@pytest.mark.parametrize(("value", "interval"), [("60", 60), (" 0 ", 0), ("-1", None), ("1e3", None), ("9" * 10, None)])
def test_the_heartbeat_interval_that_was_set_is_known_if_it_is_one(value: str, interval: int | None) -> None:
    changed = events.ConfigurationChanged(key="HEARTBEATINTERVAL", value=value)
    assert after(changed, charger.boot(BOOT, "accepted")).heartbeat_interval == interval


def test_a_boot_keeps_what_the_connectors_said() -> None:
    assert 1 in after(*charger.status(FRESH, report()), charger.boot(BOOT, "accepted")).connectors


def test_the_first_status_of_a_connector_is_recorded_with_all_it_says() -> None:
    told = report("Faulted", error_code="OtherError", info="hot", vendor_id="V", vendor_error_code="E7", at=at(-5))
    state = after(*charger.status(FRESH, told))
    assert state.connectors[1] == charger.Connector(
        status="Faulted",
        changed_at=at(0),
        error_code="OtherError",
        reported_at=at(-5),
        info="hot",
        vendor_id="V",
        vendor_error_code="E7",
    )


def test_a_status_that_changes_nothing_is_no_event() -> None:
    state = after(*charger.status(FRESH, report(at=at(1))))
    assert charger.status(state, report(at=at(2))) == []


@pytest.mark.parametrize("changed", [{"error_code": "GroundFailure"}, {"info": "x"}, {"vendor_error_code": "E1"}])
def test_another_error_under_the_same_status_is_an_event(changed: dict[str, Any]) -> None:
    state = after(*charger.status(FRESH, report()))
    assert len(charger.status(state, report(**changed))) == 1


def test_rule_26_connector_0_is_the_whole_charger_and_none_of_the_others() -> None:
    state = after(*charger.status(FRESH, report("Unavailable", 0)), *charger.status(FRESH, report()))
    assert {number: connector.status for number, connector in state.connectors.items()} == {
        0: "Unavailable",
        1: "Available",
    }


# -- registration ----------------------------------------------------------------------------------------------------

ACTIONS = ["Heartbeat", "StatusNotification", "StartTransaction", "MeterValues", "Authorize"]


@pytest.mark.parametrize("action", ACTIONS)
def test_rule_20_only_an_accepted_charger_may_report(action: str) -> None:
    assert charger.may_report("accepted", action, ())
    assert not charger.may_report("pending", action, ())
    assert not charger.may_report("rejected", action, ())


@pytest.mark.parametrize("registration", ["accepted", "pending", "rejected"])
def test_rule_20_everybody_may_boot(registration: str) -> None:
    assert charger.may_report(registration, "BootNotification", ())


def test_rule_20_a_pending_charger_may_send_what_was_triggered() -> None:
    assert charger.may_report("pending", "StatusNotification", {"StatusNotification"})
    assert not charger.may_report("rejected", "StatusNotification", {"StatusNotification"})


@pytest.mark.parametrize("command", ["reset", "trigger", "get-configuration", "remote-start", "raw"])
def test_rule_19_a_rejected_charger_is_sent_nothing(command: str) -> None:
    assert "rejected" in (charger.may_order("rejected", command) or "")


@pytest.mark.parametrize(
    ("command", "allowed"),
    [("set-configuration", True), ("remote-start", False), ("remote-stop", False), ("RemoteStartTransaction", False)],
)
def test_rule_19_a_pending_charger_may_be_configured_and_not_started(command: str, allowed: bool) -> None:
    assert (charger.may_order("pending", command) is None) == allowed
    assert charger.may_order("accepted", command) is None


def test_rule_19_a_boot_is_triggered_of_a_pending_charger_and_never_of_an_accepted_one() -> None:
    assert charger.may_order("pending", "trigger", "BootNotification") is None
    assert "reset" in (charger.may_order("accepted", "trigger", "BootNotification") or "")
    assert charger.may_order("accepted", "trigger", "Heartbeat") is None


# -- configuration and secrets ---------------------------------------------------------------------------------------


def test_what_was_read_of_the_configuration_is_known() -> None:
    answer = {
        "configurationKey": [
            {"key": "HeartbeatInterval", "readonly": False, "value": "60"},
            {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
        ],
        "unknownKey": ["Nope"],
    }
    (event,) = configuration.read(answer)
    assert isinstance(event, events.ConfigurationRead)
    assert event.unknown == ("Nope",)
    assert after(event).configuration == {"HeartbeatInterval": ("60", False), "NumberOfConnectors": ("2", True)}


def test_an_answer_that_says_nothing_is_no_event() -> None:
    assert configuration.read({}) == []


def test_a_change_keeps_whether_the_key_is_read_only_and_all_other_keys() -> None:
    read = events.ConfigurationRead(values={"A": ("1", True), "B": ("2", False)})
    changed = events.ConfigurationChanged(key="A", value="3")
    assert after(read, changed).configuration == {"A": ("3", True), "B": ("2", False)}


@pytest.mark.parametrize("key", ["AuthorizationKey", "authorizationkey", "BasicAuthPassword"])
def test_a_secret_of_the_configuration_is_never_recorded(key: str) -> None:
    (event,) = configuration.read({"configurationKey": [{"key": key, "readonly": False, "value": "hush"}]})
    assert b"hush" not in msgspec.json.encode(event)


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "AuthorizationKey", "value": "hush"},
        {"configurationKey": [{"key": "AuthorizationKey", "value": "hush"}]},
        {"deep": {"er": [{"key": "AuthorizationKey", "value": "hush"}]}},
        {"variable": {"name": "BasicAuthPassword"}, "attributeValue": "hush"},
        {"idTag": "hush"},
        {"id_token": {"value": "hush", "type": "ISO14443"}},
        {"localAuthorizationList": [{"idTag": "hush"}]},
        {"location": "ftp://ops:hush@files.example/logs"},
        {"firmware": {"location": "https://files.example/fw.bin?signature=hush"}},
        {"location": "https://csms.example/uploads/hush"},
    ],
)
def test_neither_secrets_nor_tokens_are_left_in_what_is_kept_of_an_order(payload: dict[str, object]) -> None:
    assert "hush" not in str(charger.masked(payload))


def test_who_ordered_something_is_told_everything_but_secrets() -> None:
    told = charger.without_secrets({"configurationKey": [{"key": "AuthorizationKey", "value": "hush"}], "idTag": "C1"})
    assert "hush" not in str(told)
    assert told["idTag"] == "C1"


def test_what_is_no_secret_is_kept_as_it_is() -> None:
    payload = {"key": "HeartbeatInterval", "value": "60", "list": [1, {"a": None}]}
    assert charger.masked(payload) == payload


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["key", "value", "idTag", "a"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["key", "value", "b"]), JSON))
def test_masking_breaks_on_no_payload_and_is_done_once(payload: dict[str, object]) -> None:
    masked = charger.masked(payload)
    assert charger.masked(masked) == masked
    assert masked.keys() == payload.keys()


# -- orders ----------------------------------------------------------------------------------------------------------


def test_an_order_is_open_until_its_outcome_is_recorded() -> None:
    asked = (
        events.CommandRequested(command_id="c1", command="reset", by="u1"),
        events.CommandRequested(command_id="c2", command="unlock", by="u1"),
    )
    assert after(*asked).open_commands == ("c1", "c2")
    assert after(*asked, events.CommandEnded(command_id="c1", status="accepted")).open_commands == ("c2",)


# -- status that is history --------------------------------------------------------------------------------------------

HOURS = 3600.0


@pytest.mark.parametrize(
    ("told", "newest", "booted", "now", "expected"),
    [
        (1 * HOURS, None, None, 5 * HOURS, True),
        (3 * HOURS, None, None, 5 * HOURS, False),
        (3 * HOURS, 4 * HOURS, None, 5 * HOURS, True),
        (1 * HOURS, None, None, 1 * HOURS + 60, False),
        (1 * HOURS, None, 3 * HOURS, 5 * HOURS, False),
        (1 * HOURS, None, 1 * HOURS, 5 * HOURS, True),
        (-10 * 365 * 24 * HOURS, None, None, 5 * HOURS, False),
        (None, None, None, 5 * HOURS, False),
    ],
    ids=[
        "it was kept, and something newer is known",
        "it is newer than what is known",
        "the same was told again since",
        "it is told as it happens, by a clock that was set back",
        "the charger has booted since",
        "it has booted before that",
        "its clock was never set",
        "it has no time",
    ],
)
def test_rule_43_an_old_status_does_not_replace_a_newer_one(
    told: float | None, newest: float | None, booted: float | None, now: float, expected: bool
) -> None:
    state = FRESH
    known = events.StatusChanged(connector_id=1, status="Available", reported_at=at(2 * HOURS))
    story: list[tuple[events.AnyEvent, float]] = [(known, 2 * HOURS)]
    if booted is not None:
        story.append((charger.boot(BOOT, "accepted"), booted))
    for event, moment in sorted(story, key=lambda each: each[1]):
        state = charger.evolve(state, event, at(moment))
    said = report("Faulted", at=None if told is None else at(told))
    assert charger.outdated(state, said, None if newest is None else at(newest), at(now)) is expected
