"""Which session a start, a stop or a sample belongs to: retries, strangers, ids that say nothing, second starts."""

from decimal import Decimal
from typing import Any

import pytest

from csms.domain import events
from tests.actors.node import AT, Clock, Connect, Station, Watched

LATER = "2026-03-01T09:30:00Z"
START: dict[str, Any] = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": AT}


def stop(transaction_id: int, **more: Any) -> dict[str, Any]:
    return {"transactionId": transaction_id, "meterStop": 3000, "timestamp": LATER, **more}


async def answered(station: Station, action: str, payload: dict[str, Any], message_id: str | None = None) -> Any:
    """The payload of the CALLRESULT, for a message id that the test chooses."""
    kind, _, answer = await station.call(action, payload, message_id)
    assert kind == 3
    return answer


# -- Starts ----------------------------------------------------------------------------------------------------------


async def test_rule_33_transaction_ids_are_positive_int32_and_unique_in_the_whole_system(
    station: Station, connect: Connect
) -> None:
    other = await connect("CP-02")
    numbers = [
        (await charger.start(connector_id=connector, id_tag=tag))["transactionId"]
        for charger, connector, tag in [(station, 1, "CARD"), (other, 1, "STRANGER"), (station, 2, "STRANGER")]
    ]
    assert len(set(numbers)) == 3
    assert all(0 < number < 2**31 for number in numbers)


async def test_rule_33_a_refused_start_is_a_transaction_all_the_same(node: Watched, station: Station) -> None:
    answer = await station.start(meter=1000, id_tag="STRANGER")
    assert answer["idTagInfo"]["status"] == "Invalid"
    await station.meter(answer["transactionId"], 1250)
    await station.stop(answer["transactionId"], 1300)
    session = await node.only()
    assert (session.authorization, session.energy_wh) == ("Invalid", Decimal(300))


async def test_rule_34_the_same_start_in_the_same_message_is_one_transaction(node: Watched, station: Station) -> None:
    first = await answered(station, "StartTransaction", START, "7")
    assert await answered(station, "StartTransaction", START, "7") == first
    assert len(node.have(events.SessionStarted)) == 1


async def test_rule_34_the_same_start_in_another_message_is_one_transaction(node: Watched, station: Station) -> None:
    first = await answered(station, "StartTransaction", START, "7")
    assert await answered(station, "StartTransaction", START, "8") == first
    assert len(node.have(events.SessionStarted)) == 1
    assert (await node.only()).flags == ("offline",)


async def test_rule_34_the_same_start_over_another_socket_is_one_transaction(
    node: Watched, station: Station, connect: Connect
) -> None:
    first = await answered(station, "StartTransaction", START, "7")
    await station.close()
    again = await connect()
    assert await answered(again, "StartTransaction", START, "7") == first
    assert len(node.have(events.SessionStarted)) == 1


async def test_rule_34_the_same_start_after_its_stop_is_the_same_transaction(node: Watched, station: Station) -> None:
    first = await station.start()
    await station.stop(first["transactionId"], 3000, LATER)
    assert (await station.start())["transactionId"] == first["transactionId"]
    assert (await node.only()).status == "completed"


@pytest.mark.parametrize(
    "other",
    [{"connectorId": 2}, {"idTag": "OTHER"}, {"meterStart": 1001}, {"timestamp": "2026-03-01T09:00:01Z"}],
    ids=lambda other: next(iter(other)),
)
async def test_rule_34_a_start_that_differs_in_its_key_is_another_transaction(
    node: Watched, station: Station, other: dict[str, Any]
) -> None:
    first = await answered(station, "StartTransaction", START)
    second = await answered(station, "StartTransaction", START | other)
    assert first["transactionId"] != second["transactionId"]
    assert len(await node.sessions_of()) == 2


async def test_rule_34_two_chargers_may_say_the_very_same(node: Watched, station: Station, connect: Connect) -> None:
    first = await station.start()
    second = await (await connect("CP-02")).start()
    assert first["transactionId"] != second["transactionId"]
    assert (await node.only("CP-02")).transaction_id == str(second["transactionId"])


async def test_rule_34_a_clock_in_1970_starts_a_new_session_each_time_the_last_one_is_over(
    node: Watched, station: Station
) -> None:
    numbers = []
    for _ in range(3):
        numbers.append((await station.start(at="1970-01-01T00:00:10Z"))["transactionId"])
        assert (await station.start(at="1970-01-01T00:00:10Z"))["transactionId"] == numbers[-1], "a retry"
        await station.stop(numbers[-1], 3000)
    assert len(set(numbers)) == 3
    sessions = await node.sessions_of()
    assert [each.energy_wh for each in sessions] == [2000] * 3
    assert all("clock" in each.flags for each in sessions)


async def test_rule_11_the_same_start_with_other_content_is_kept_and_flagged(node: Watched, station: Station) -> None:
    first = await answered(station, "StartTransaction", START)
    for _ in range(2):
        other = await answered(station, "StartTransaction", START | {"reservationId": 5})
        assert other["transactionId"] == first["transactionId"]
    assert [each.flag for each in node.have(events.SessionFlagged)] == ["start_repeated"]


async def test_rule_38_a_second_start_on_a_connector_flags_the_first(node: Watched, station: Station) -> None:
    await station.start(meter=1000)
    await station.start(meter=2000, id_tag="OTHER", at=LATER)
    old, new = await node.sessions_of()
    assert (old.status, "superseded" in old.flags) == ("active", True)
    assert (new.status, "superseded" in new.flags) == ("active", False)


async def test_rule_38_both_transactions_of_a_connector_can_be_stopped(node: Watched, station: Station) -> None:
    old = (await station.start(meter=1000))["transactionId"]
    new = (await station.start(meter=2000, id_tag="OTHER", at=LATER))["transactionId"]
    await station.stop(new, 2700, LATER)
    await station.stop(old, 1900, LATER)
    assert [each.energy_wh for each in await node.sessions_of()] == [900, 700]


async def test_rule_38_samples_that_name_no_transaction_are_the_newer_ones(node: Watched, station: Station) -> None:
    await station.start(meter=1000)
    await station.start(meter=2000, id_tag="OTHER", at=LATER)
    await station.meter(None, 2600, LATER)
    assert [each.energy_wh for each in await node.sessions_of()] == [0, 600]


async def test_rule_38_a_retry_of_the_first_start_supersedes_nothing(node: Watched, station: Station) -> None:
    await station.start(meter=1000)
    await station.start(meter=2000, id_tag="OTHER", at=LATER)
    await station.start(meter=1000)
    assert ["superseded" in each.flags for each in await node.sessions_of()] == [True, False]


async def test_rule_38_an_old_start_that_comes_late_supersedes_nothing_newer(
    node: Watched, station: Station, clock: Clock
) -> None:
    clock.forward(hours=2)
    running = (await station.start(meter=5000, id_tag="OTHER", at="2026-03-01T10:59:00Z"))["transactionId"]
    kept = (await station.start(meter=1000))["transactionId"]
    assert ["superseded" in each.flags for each in await node.sessions_of()] == [False, True]
    await station.meter(None, 6000, "2026-03-01T11:00:00Z")
    await station.stop(kept, 4000, LATER)
    await station.stop(running, 7000, "2026-03-01T11:00:30Z")
    assert [each.energy_wh for each in await node.sessions_of()] == [2000, 3000]


async def test_rule_38_a_start_on_the_other_connector_flags_nothing(node: Watched, station: Station) -> None:
    await station.start()
    await station.start(connector_id=2, id_tag="OTHER")
    assert node.have(events.SessionFlagged) == []


async def test_rule_38_a_start_ends_the_stay_of_the_car_before(node: Watched, station: Station, clock: Clock) -> None:
    number = (await station.start())["transactionId"]
    await station.stop(number, 3000)
    assert (await node.only()).status == "finishing"
    clock.forward(seconds=30)
    await station.start(meter=3000, id_tag="OTHER", at="2026-03-01T09:00:30Z")
    old, new = await node.sessions_of()
    assert (old.status, new.status) == ("completed", "active")
    assert node.have(events.SessionCompleted)[0].cause == "next_transaction"


async def test_rule_39_a_start_names_the_reservation_that_it_uses(node: Watched, station: Station) -> None:
    await answered(station, "StartTransaction", START | {"reservationId": 5})
    assert node.have(events.SessionStarted)[0].reservation_id == 5


async def test_rule_43_a_start_that_comes_late_has_full_effect_and_says_so(
    node: Watched, station: Station, clock: Clock
) -> None:
    clock.forward(hours=2)
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number, 1400)
    await station.stop(number, 3000, LATER)
    session = await node.only()
    assert (session.energy_wh, session.status, session.flags) == (Decimal(2000), "completed", ("offline",))
    assert (str(session.started_at), str(session.stopped_at)) == (
        "2026-03-01 09:00:00+00:00",
        "2026-03-01 09:30:00+00:00",
    )


# -- Stops -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transaction_id", [0, -1, 987654])
async def test_rule_35_a_stop_that_nothing_fits_is_answered_and_kept(
    node: Watched, station: Station, transaction_id: int
) -> None:
    for _ in range(2):
        assert await answered(station, "StopTransaction", stop(transaction_id)) == {}
    session = await node.only()
    assert (session.status, session.transaction_id) == ("completed", str(transaction_id))
    assert "orphan" in session.flags
    assert (session.meter_stop_wh, session.energy_wh) == (Decimal(3000), Decimal(0))


@pytest.mark.parametrize("transaction_id", [0, -1])
async def test_rule_35_an_id_that_says_nothing_ends_what_runs_at_that_time(
    node: Watched, station: Station, transaction_id: int
) -> None:
    await station.start(meter=1000)
    for _ in range(2):
        await answered(station, "StopTransaction", stop(transaction_id))
    session = await node.only()
    assert (session.energy_wh, session.status) == (Decimal(2000), "completed")
    assert "matched" in session.flags


async def test_rule_35_several_stops_of_one_id_that_says_nothing_are_several_sessions(
    node: Watched, station: Station
) -> None:
    for meter in (3000, 4000, 5000):
        await answered(station, "StopTransaction", stop(-1, meterStop=meter))
    sessions = await node.sessions_of()
    assert [each.meter_stop_wh for each in sessions] == [3000, 4000, 5000]


@pytest.mark.parametrize("odd", [{"timestamp": "2026-03-01T08:00:00Z"}, {"meterStop": 900}], ids=["time", "register"])
async def test_rule_35_a_stop_that_cannot_be_of_what_runs_does_not_end_it(
    node: Watched, station: Station, odd: dict[str, Any]
) -> None:
    await station.start(meter=1000)
    await answered(station, "StopTransaction", stop(-1) | odd)
    running, orphan = await node.sessions_of()
    assert (running.status, orphan.status) == ("active", "completed")


async def test_rule_35_when_two_transactions_fit_nobody_guesses(node: Watched, station: Station) -> None:
    await station.start()
    await station.start(connector_id=2, id_tag="OTHER")
    await answered(station, "StopTransaction", stop(-1))
    assert [each.status for each in await node.sessions_of()] == ["active", "active", "completed"]


async def test_rule_35_an_id_that_we_never_gave_does_not_end_what_charges(node: Watched, station: Station) -> None:
    await station.start()
    await station.status("Charging")
    await answered(station, "StopTransaction", stop(987654))
    assert [each.status for each in await node.sessions_of()] == ["active", "completed"]


async def test_rule_35_an_id_that_we_never_gave_ends_what_its_connector_calls_over(
    node: Watched, station: Station
) -> None:
    await station.start()
    await station.status("Finishing")
    await answered(station, "StopTransaction", stop(987654))
    session = await node.only()
    assert session.energy_wh == 2000
    assert "matched" in session.flags


async def test_rule_35_the_id_of_another_charger_says_nothing_here(
    node: Watched, station: Station, connect: Connect
) -> None:
    number = (await station.start())["transactionId"]
    other = await connect("CP-02")
    await other.meter(number, 9000)
    await other.stop(number, 9000)
    session = await node.only()
    assert (session.status, session.samples) == ("active", 0)
    assert "orphan" in (await node.only("CP-02")).flags


async def test_rule_36_the_same_stop_again_counts_once(node: Watched, station: Station, connect: Connect) -> None:
    number = (await station.start())["transactionId"]
    first = await answered(station, "StopTransaction", stop(number, idTag="CARD"), "7")
    assert await answered(station, "StopTransaction", stop(number, idTag="CARD"), "7") == first
    assert await answered(station, "StopTransaction", stop(number, idTag="CARD"), "8") == first
    await station.close()
    again = await connect()
    assert await answered(again, "StopTransaction", stop(number, idTag="CARD"), "7") == first
    assert len(node.have(events.SessionStopped)) == 1
    assert (await node.only()).energy_wh == 2000


async def test_rule_36_without_an_id_tag_there_is_no_id_tag_info(station: Station) -> None:
    number = (await station.start())["transactionId"]
    assert await station.stop(number, 3000) == {}


async def test_rule_36_another_stop_of_the_transaction_is_kept_and_flagged(node: Watched, station: Station) -> None:
    number = (await station.start())["transactionId"]
    await station.stop(number, 3000, LATER)
    for _ in range(2):
        assert await station.stop(number, 5000, LATER) == {}
    session = await node.only()
    assert session.energy_wh == 2000
    assert [each.flag for each in node.have(events.SessionFlagged)] == ["stop_repeated"]


@pytest.mark.parametrize("transaction_id", [-1, 987654])
async def test_rule_36_another_stop_of_an_orphan_is_kept_and_flagged(
    node: Watched, station: Station, transaction_id: int
) -> None:
    for reason in ("Local", "PowerLoss", "PowerLoss"):
        await answered(station, "StopTransaction", stop(transaction_id, reason=reason))
    session = await node.only()
    assert (session.stop_reason, session.status) == ("Local", "completed")
    assert [each.flag for each in node.have(events.SessionFlagged)] == ["stop_repeated"]


async def test_rule_36_a_repeated_orphan_is_found_after_a_new_transaction_began(
    node: Watched, station: Station
) -> None:
    await answered(station, "StopTransaction", stop(-1))
    await station.start()
    await answered(station, "StopTransaction", stop(-1))
    orphan, running = await node.sessions_of()
    assert (orphan.status, running.status) == ("completed", "active")


async def test_rule_37_a_stop_whose_start_was_never_confirmed_ends_it(
    node: Watched, station: Station, connect: Connect
) -> None:
    await station.start()  # the answer was lost on its way
    await station.close()
    again = await connect()
    await again.start()
    await answered(again, "StopTransaction", stop(-1))
    assert (await node.only()).energy_wh == 2000


# -- Samples ---------------------------------------------------------------------------------------------------------


async def test_rule_37_samples_of_an_unknown_transaction_are_parked(node: Watched, station: Station) -> None:
    for _ in range(2):
        await station.meter(987654, 5000)
    [parked] = node.have(events.ChargerMeterRecorded)
    assert (parked.transaction_id, parked.suspect) == ("987654", ("unknown_transaction",))
    assert await node.sessions_of() == []


async def test_rule_37_samples_of_an_unknown_transaction_are_not_its_connectors(
    node: Watched, station: Station
) -> None:
    await station.start(meter=1000)
    await station.meter(987654, 5000)
    assert (await node.only()).energy_wh == 0


async def test_rule_37_samples_of_a_closed_transaction_are_kept_and_count_nothing(
    node: Watched, station: Station
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.stop(number, 3000, LATER)
    await station.meter(number, 2500, LATER)
    session = await node.only()
    assert (session.samples, session.energy_wh) == (1, Decimal(2000))


async def test_rule_37_samples_of_an_idle_connector_belong_to_no_session(node: Watched, station: Station) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.stop(number, 3000, LATER)
    await station.meter(None, 3100, LATER)
    assert (await node.only()).samples == 0
    assert node.have(events.ChargerMeterRecorded)[0].suspect == ()


@pytest.mark.parametrize("named", [True, False])
async def test_rule_46_samples_that_name_no_transaction_are_their_connectors(
    node: Watched, station: Station, named: bool
) -> None:
    number = (await station.start(meter=1000))["transactionId"]
    await station.meter(number if named else None, 1750)
    session = await node.only()
    assert (session.energy_wh, session.samples) == (Decimal(750), 1)


@pytest.mark.parametrize("transaction_id", [0, -1])
async def test_rule_35_samples_of_an_id_that_says_nothing_are_their_connectors(
    node: Watched, station: Station, transaction_id: int
) -> None:
    await station.start(meter=1000)
    await station.meter(transaction_id, 1750)
    assert (await node.only()).energy_wh == 750
