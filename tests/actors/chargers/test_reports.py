"""What a charger says and what it is told: tokens, the stay's status, values of the meter, records that are odd."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from csms import config
from csms.domain import events
from csms.storage.reference import tokens
from tests.actors.node import AT, Clock, Connect, Station, Watched

LATER = "2026-03-01T09:30:00Z"


async def authorize(station: Station, id_tag: str) -> dict[str, Any]:
    answer = await station.result("Authorize", {"idTag": id_tag})
    info: dict[str, Any] = answer["idTagInfo"]
    return info


async def change_token(node: Watched, id_token: str, **changes: Any) -> None:
    found = await node.read(tokens.find, id_token)
    assert found is not None
    await node.write(tokens.change, found.ref, changes)


# -- Tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({}, "Accepted"),
        ({"blocked": True}, "Blocked"),
        ({"valid_to": "2026-01-01T00:00:00Z"}, "Expired"),
        ({"valid_from": "2099-01-01T00:00:00Z"}, "Invalid"),
        ({"blocked": True, "valid_to": "2026-01-01T00:00:00Z"}, "Blocked"),
    ],
    ids=["good", "blocked", "expired", "not yet", "blocked before expired"],
)
async def test_rule_27_what_a_token_may_do(node: Watched, station: Station, token: dict[str, Any], status: str) -> None:
    await node.add("token.add", id_token="THIS", **token)
    assert (await authorize(station, "THIS"))["status"] == status
    assert (await station.start(id_tag="THIS"))["idTagInfo"]["status"] == status


async def test_rule_27_a_member_of_a_group_is_told_its_group_and_its_end(node: Watched, station: Station) -> None:
    await node.add("token.add", id_token="MEMBER", group_id="FLEET", valid_to="2099-01-01T00:00:00Z")
    info = await authorize(station, "MEMBER")
    assert info == {"status": "Accepted", "parentIdTag": "FLEET", "expiryDate": "2099-01-01T00:00:00.000Z"}


async def test_rule_27_another_member_of_the_group_may_stop(node: Watched, station: Station) -> None:
    for member in ("ANNA", "BERT"):
        await node.add("token.add", id_token=member, group_id="FLEET")
    number = (await station.start(id_tag="ANNA"))["transactionId"]
    answer = await station.stop(number, 3000, idTag="BERT")
    assert answer == {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}}
    session = await node.only()
    assert session.stop_token not in (None, session.token)


async def test_rule_27_the_token_that_started_may_stop_when_it_has_expired(node: Watched, station: Station) -> None:
    number = (await station.start())["transactionId"]
    await change_token(node, "CARD", valid_to="2026-01-01T00:00:00Z")
    answer = await station.stop(number, 3000, idTag="CARD")
    assert answer["idTagInfo"] == {"status": "Accepted"}


async def test_rule_29_tokens_are_compared_without_regard_to_case(node: Watched, station: Station) -> None:
    number = (await station.start(id_tag="CaRd"))["transactionId"]
    assert (await station.start(id_tag="card"))["transactionId"] == number
    assert (await node.only()).authorization == "Accepted"


async def test_rule_30_a_start_verifies_the_token_again(node: Watched, station: Station) -> None:
    assert (await authorize(station, "CARD"))["status"] == "Accepted"
    await change_token(node, "CARD", blocked=True)
    assert (await station.start())["idTagInfo"]["status"] == "Blocked"


async def test_rule_31_refused_attempts_are_kept_with_their_reason(node: Watched, station: Station) -> None:
    await change_token(node, "CARD", blocked=True)
    await authorize(station, "CARD")
    await station.start()
    [decided] = node.have(events.AuthorizationDecided)
    [started] = node.have(events.SessionStarted)
    assert (decided.status, decided.reason) == ("Blocked", "the token is blocked")
    assert (started.authorization, started.authorization_reason) == ("Blocked", "the token is blocked")


async def test_rule_31_a_stranger_keeps_one_surrogate_and_its_value_is_nowhere_in_the_log(
    node: Watched, station: Station
) -> None:
    for _ in range(2):
        await authorize(station, "STRANGER")
    await station.start(id_tag="stranger")
    refs = {each.token for each in node.have(events.AuthorizationDecided)} | {(await node.only()).token}
    assert len(refs) == 1
    assert "stranger" not in repr(await node.log_of()).casefold()


# -- A token that charges elsewhere ----------------------------------------------------------------------------------


async def test_rule_28_a_token_that_charges_elsewhere_is_told_so_in_the_answer_to_a_start_only(
    node: Watched, station: Station, connect: Connect
) -> None:
    await station.start()
    other = await connect("CP-02")
    assert (await other.result("Authorize", {"idTag": "CARD"}))["idTagInfo"]["status"] == "Accepted"
    answer = await other.start()
    assert answer["idTagInfo"]["status"] == "ConcurrentTx"
    stopped = await other.stop(answer["transactionId"], 3000, idTag="CARD")
    assert stopped["idTagInfo"]["status"] == "Accepted"
    assert (await node.only("CP-02")).authorization == "ConcurrentTx"


async def test_rule_28_a_retry_of_a_start_is_no_start(station: Station, connect: Connect) -> None:
    await station.start()
    other = await connect("CP-02")
    await other.start()
    assert (await station.start())["idTagInfo"]["status"] == "Accepted"


async def test_rule_28_what_was_superseded_or_has_ended_does_not_count(station: Station, connect: Connect) -> None:
    await station.start(meter=1000)
    assert (await station.start(meter=2000, at=LATER))["idTagInfo"]["status"] == "Accepted", "the same connector"
    number = (await station.start(meter=3000, id_tag="OTHER", at=LATER))["transactionId"]
    other = await connect("CP-02")
    assert (await other.start(id_tag="CARD"))["idTagInfo"]["status"] == "Accepted"
    await station.stop(number, 3100, LATER)
    assert (await other.start(connector_id=2, id_tag="OTHER"))["idTagInfo"]["status"] == "Accepted"


async def test_rule_28_operators_may_allow_several_sessions(node: Watched, station: Station) -> None:
    allow = config.ConcurrentSessions.ALLOW
    node.services.settings = dataclasses.replace(node.settings, concurrent_sessions=allow)
    await station.start()
    assert (await station.start(connector_id=2))["idTagInfo"]["status"] == "Accepted"


# -- The stay --------------------------------------------------------------------------------------------------------


async def test_rule_25_the_connectors_status_is_noted_in_the_stay(node: Watched, station: Station) -> None:
    await station.start()
    for status in ("Charging", "Charging", "SuspendedEV", "Charging"):
        await station.status(status)
    noted = [each.status for each in node.have(events.ConnectorStatusNoted)]
    assert noted == ["Charging", "SuspendedEV", "Charging"]


async def test_rule_25_a_status_of_the_other_connector_says_nothing_of_the_stay(
    node: Watched, station: Station
) -> None:
    await station.start()
    await station.status("Charging", connector_id=2)
    assert node.have(events.ConnectorStatusNoted) == []


async def test_a_car_that_is_full_is_idle_until_it_goes(node: Watched, station: Station, clock: Clock) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.status("Charging")
    await station.meter(number, 2000)
    await station.status("SuspendedEV")
    clock.forward(seconds=40)
    await station.stop(number, 2000, clock.now.isoformat())
    await station.status("Finishing")
    clock.forward(seconds=10)
    await station.status("Available")
    session = await node.only()
    assert (session.status, session.idle_s) == ("completed", 50)


# -- The meter -------------------------------------------------------------------------------------------------------


def values(*sampled: dict[str, Any], at: str = AT) -> dict[str, Any]:
    return {"timestamp": at, "sampledValue": list(sampled)}


async def measured(station: Station, number: int, *readings: dict[str, Any]) -> None:
    payload = {"connectorId": 1, "transactionId": number, "meterValue": list(readings)}
    assert await station.result("MeterValues", payload) == {}


async def test_rule_47_a_bare_value_is_the_energy_register_in_wh(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await measured(station, number, values({"value": "1500.5"}))
    assert (await node.only()).energy_wh == Decimal("500.5")


async def test_rule_47_signed_data_is_kept_byte_for_byte_and_counts_nothing(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    signed = 'OCMF|{ "FV":"1.0" }|äöü\\n'
    await measured(station, number, values({"value": signed, "format": "SignedData"}))
    stored = [each.event for each in await node.log_of("session:")]
    [record] = [event for event in stored if isinstance(event, events.MeterSampled)]
    assert record.readings[0].values[0].value == signed
    assert (await node.only()).energy_wh == 0


async def test_rule_48_kilowatt_hours_and_kilowatts_scale(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    register = {"value": "1.75", "unit": "kWh"}
    power = {"value": "7.4", "unit": "kW", "measurand": "Power.Active.Import"}
    await measured(station, number, values(register, power))
    session = await node.only()
    assert (session.energy_wh, session.power_w) == (Decimal(750), Decimal(7400))


async def test_rule_49_the_whole_value_counts_or_else_the_sum_of_its_phases(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    phases = [{"value": "400", "phase": phase} for phase in ("L1", "L2", "L3")]
    await measured(station, number, values(*phases))
    assert (await node.only()).energy_wh == 200
    await measured(station, number, values({"value": "1300"}, *phases, at=LATER))
    assert (await node.only()).energy_wh == 300


@pytest.mark.parametrize(
    "elsewhere", [{"location": "EV"}, {"location": "Inlet"}, {"measurand": "Energy.Active.Import.Interval"}]
)
async def test_rule_49_what_is_measured_elsewhere_is_no_energy_of_the_session(
    node: Watched, station: Station, elsewhere: dict[str, str]
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await measured(station, number, values({"value": "5000"} | elsewhere))
    assert (await node.only()).energy_wh == 0


async def test_rule_50_samples_may_come_unordered(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 3000, "2026-03-01T09:20:00Z")
    await station.meter(number, 2000, "2026-03-01T09:10:00Z")
    session = await node.only()
    assert (session.energy_wh, session.samples, session.flags) == (Decimal(2000), 2, ("offline",))


async def test_rule_50_a_sample_that_comes_twice_is_one(node: Watched, station: Station, connect: Connect) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 2000)
    await station.meter(number, 2000)
    await station.close()
    again = await connect()
    await again.meter(number, 2000)
    assert (await node.only()).samples == 1


async def test_rule_50_a_sample_of_the_future_does_not_keep_out_what_comes_after(
    node: Watched, station: Station, clock: Clock
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 2000, "2031-01-01T00:00:00Z")
    clock.forward(minutes=1)
    await station.meter(number, 2500, clock.now.isoformat())
    assert (await node.only()).energy_wh == 1500


# -- Odd records -----------------------------------------------------------------------------------------------------


async def test_rule_13_a_start_whose_fields_can_still_be_read_is_taken_and_flagged(
    node: Watched, station: Station
) -> None:
    payload = {"connectorId": "1", "idTag": "CARD", "meterStart": "1000", "timestamp": "yesterday"}
    assert (await station.result("StartTransaction", payload))["transactionId"] > 0
    session = await node.only()
    assert session.meter_start_wh == 1000
    assert {"suspect", "clock"} <= set(session.flags)


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction", "MeterValues"])
async def test_rule_13_a_record_that_cannot_be_read_is_kept_raw_and_answered(
    node: Watched, station: Station, action: str
) -> None:
    answer = await station.call(action, {"garbage": True}, "7")
    assert answer[0] == 3
    [kept] = node.have(events.FrameQuarantined)
    assert json.loads(kept.frame) == [2, "7", action, {"garbage": True}]
    [alert] = node.have(events.AlertRaised)
    assert (alert.kind, alert.subject) == ("frame_quarantined", "CP-01")
    assert await node.sessions_of() == []


async def test_rule_13_a_start_that_cannot_be_read_gets_a_number_of_its_own(station: Station) -> None:
    lost = await station.result("StartTransaction", {"garbage": True})
    assert 0 < lost["transactionId"] != (await station.start())["transactionId"]


async def test_rule_22_a_start_without_a_clock_began_when_it_came(
    node: Watched, station: Station, clock: Clock
) -> None:
    await station.start(at="1970-01-01T00:00:10Z")
    session = await node.only()
    assert session.started_at == clock.now
    assert "clock" in session.flags


async def test_rule_22_a_naive_time_is_utc_and_flagged(node: Watched, station: Station, clock: Clock) -> None:
    await station.start(at="2026-03-01T09:00:00")
    session = await node.only()
    assert session.started_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert "suspect" in session.flags


async def test_rule_40_a_stop_below_its_start_is_flagged_and_free(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.stop(number, 10)
    session = await node.only()
    assert session.energy_wh == 0
    assert "suspect" in session.flags


async def test_rule_40_transaction_data_corrects_a_stop_that_looks_wrong(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    end = values({"value": "4200", "context": "Transaction.End"}, at=LATER)
    await station.stop(number, 0, LATER, transactionData=[end])
    session = await node.only()
    assert session.energy_wh == 3200
    assert "suspect" in session.flags


async def test_rule_41_what_is_answered_is_durable(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 2000)
    await station.stop(number, 3000, LATER)
    kinds = [each.type for each in await node.log_of("session:")]
    assert kinds == ["SessionStarted", "MeterSampled", "SessionStopped", "SessionCompleted"]


async def test_rule_41_after_the_stop_the_stay_goes_on_until_the_connector_is_free(
    node: Watched, station: Station, clock: Clock
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.stop(number, 3000, AT)
    await station.status("Finishing")
    session = await node.only()
    assert (session.status, session.stopped_at) == ("finishing", clock.now - timedelta(seconds=1))
    clock.forward(seconds=20)
    await station.status("Available")
    session = await node.only()
    assert (session.status, session.completed_at) == ("completed", clock.now)


async def test_rule_43_a_status_that_the_charger_kept_does_not_replace_what_it_said_since(
    node: Watched, station: Station, clock: Clock
) -> None:
    def said(status: str, at: str) -> dict[str, Any]:
        return {"connectorId": 1, "errorCode": "NoError", "status": status, "timestamp": at}

    clock.forward(hours=5)
    await station.result("StatusNotification", said("Unavailable", "2026-03-01T10:00:00Z"))
    await station.result("StatusNotification", said("Unavailable", "2026-03-01T13:00:00Z"))
    await station.result("StatusNotification", said("Faulted", "2026-03-01T11:00:00Z"))
    assert (await node.state()).state.connectors[1].status == "Unavailable"
    await station.result("StatusNotification", said("Available", "2026-03-01T14:00:00Z"))
    assert (await node.state()).state.connectors[1].status == "Available"
