"""Whatever a charger says, its state, which is written anew with each of its events, stays small."""

import itertools
from datetime import timedelta

import msgspec

from csms.domain import charger, events, facts, inventory, remembered, session
from tests.csms.domain.support import BEGIN, at, started
from tests.csms.domain.test_charger import FRESH, actual, after, report

LARGEST = 80_000
"""Bytes: of a charger that says as much as it can."""
MEGABYTE = "x" * 1_000_000


def size(state: charger.Charger) -> int:
    return len(msgspec.msgpack.encode(state))


def status(number: int) -> events.StatusChanged:
    return events.StatusChanged(connector_id=number, status="Available")


def keys(count: int) -> dict[str, tuple[str | None, bool]]:
    return {f"Key{number}": ("1" * 100, False) for number in range(count)}


def test_a_charger_that_invents_connectors_keeps_those_that_said_something_last() -> None:
    state = after(status(0), status(1))
    for number in range(2, 2000):
        state = charger.evolve(state, status(number), BEGIN + timedelta(seconds=number))
    assert size(state) < LARGEST
    assert {0, 1999} <= state.connectors.keys()
    assert 1 not in state.connectors


def test_a_connector_that_goes_on_reporting_outlasts_invented_ones() -> None:
    state = FRESH
    for number in range(2, 2000):
        state = after(status(number), status(1), state=state)
    assert 1 in state.connectors


def test_a_charger_of_two_hundred_connectors_keeps_them_all() -> None:
    assert len(after(*map(status, range(201))).connectors) == 201


def test_texts_of_a_connector_have_an_end_and_are_no_news_when_told_again() -> None:
    told = report(info=MEGABYTE, vendor_error_code=MEGABYTE)
    state = after(*charger.status(FRESH, told))
    assert size(state) < 3 * remembered.TEXT
    assert charger.status(state, told) == []


def test_settings_that_are_too_long_or_too_many_are_left_out() -> None:
    many = keys(10_000)
    state = after(events.ConfigurationRead(values={"Good": ("1", False), "Long": (MEGABYTE, False), **many}))
    assert size(state) < LARGEST
    assert "Good" in state.configuration
    assert "Long" not in state.configuration
    more = after(events.ConfigurationChanged(key="New", value="y" * 2000), state=state)
    assert "New" not in more.configuration
    assert charger.left_out(FRESH, state, [events.ConfigurationRead(values=many)]) > 9000


def test_a_setting_that_is_there_keeps_its_place_when_more_are_told() -> None:
    state = after(events.ConfigurationRead(values={"Good": ("1", False)}))
    assert after(events.ConfigurationRead(values=keys(10_000)), state=state).configuration["Good"] == ("1", False)


def test_a_noted_variable_of_a_megabyte_is_left_out() -> None:
    change = inventory.Change(kind="variables", put={"TxCtrlr.TxStartPoint": actual(MEGABYTE)})
    assert size(after(events.InventoryChanged(changes=(change,)))) < 100


def test_what_a_boot_tells_has_an_end_and_the_same_boot_is_no_other_firmware() -> None:
    fact = facts.Boot(vendor=MEGABYTE, model=MEGABYTE, serial_number=MEGABYTE, firmware_version=MEGABYTE)
    linked = events.Connected(epoch=1, protocol="2.0.1")
    state = after(linked, charger.boot(fact, "accepted"))
    assert size(state) < 5 * remembered.TEXT
    assert charger.updated(state, fact) == []


def test_transactions_with_profiles_have_an_end() -> None:
    numbers = itertools.count()
    state = FRESH
    for _ in range(20):
        put = {str(n): {"transactionId": f"t{n}"} for n in itertools.islice(numbers, 100)}
        put |= {"long": {"transactionId": MEGABYTE}}
        change = inventory.Change(kind="charging-profiles", put=put)
        state = charger.evolve(state, events.InventoryChanged(changes=(change,)), at(0))
    assert len(state.profiled) == remembered.TRANSACTIONS
    assert state.profiled[-1] == "t1999"


def test_a_charger_that_never_repeats_itself_in_the_same_words_makes_no_session_grow() -> None:
    state = session.evolve(None, "s1", started(), at(0))
    for number in range(1000):
        flag = events.SessionFlagged(flag="stop_repeated", digest=number.to_bytes(16, "big"))
        state = session.evolve(state, "s1", flag, at(number))
    assert len(state.repeats) == session.REPEATS
    assert state.repeats[-1] == (999).to_bytes(16, "big")
