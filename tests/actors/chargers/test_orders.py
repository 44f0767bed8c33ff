"""What people and programs tell a charger: one call at a time, no answer, no link, no words for it."""

import dataclasses
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
import trio

from actors import runtime
from actors.chargers import charger, orders, outbound
from csms.domain import commands, events, facts
from csms.storage import errors
from tests.actors.node import Connect, Station, Watched


async def order(node: Watched, command: commands.AnyCommand) -> outbound.Executed:
    return await charger.execute(node.services, await node.charger("CP-01"), command, by="test")


def impatient(node: Watched) -> None:
    node.services.settings = dataclasses.replace(node.settings, command_timeout=0.05)


async def test_rule_1_we_answer_the_charger_while_our_own_call_waits(node: Watched, station: Station) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(order, node, commands.Reset())
        message_id, _, _ = await station.asked()
        await station.result("Heartbeat", {})
        await station.answer(message_id, {"status": "Accepted"})


async def test_rule_1_one_call_to_the_charger_at_a_time(node: Watched, station: Station) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(order, node, commands.Reset())
        first, action, _ = await station.asked()
        nursery.start_soon(order, node, commands.ClearCache())
        await node.recorded(events.CommandRequested, 2)
        await station.result("Heartbeat", {})
        assert action == "Reset"
        assert station.waiting == 0, "the second call waits for the answer to the first"
        await station.answer(first, {"status": "Accepted"})
        second, action, _ = await station.asked()
        assert action == "ClearCache"
        await station.answer(second, {"status": "Accepted"})


async def test_rule_3_a_timeout_frees_the_slot_and_the_late_answer_is_ignored(node: Watched, station: Station) -> None:
    impatient(node)
    with pytest.raises(orders.NoAnswer):
        await order(node, commands.Reset())
    late, _, _ = await station.asked()
    outcomes = []
    async with trio.open_nursery() as nursery:

        async def clear() -> None:
            node.services.settings = node.settings
            outcomes.append(await order(node, commands.ClearCache()))

        nursery.start_soon(clear)
        current, action, _ = await station.asked()
        assert action == "ClearCache"
        await station.answer(late, {"status": "Rejected"})
        await station.answer(current, {"status": "Accepted"})
    assert outcomes[0].status == "accepted"
    assert [each.status for each in node.have(events.CommandEnded)] == ["timeout", "accepted"]


async def test_rule_3_a_charger_that_never_answers_holds_up_no_order_for_ever(node: Watched, station: Station) -> None:
    impatient(node)
    failures: list[orders.NoAnswer] = []

    async def reset() -> None:
        try:
            await order(node, commands.Reset())
        except orders.NoAnswer as error:
            failures.append(error)

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(reset)
    assert len(failures) == 5


async def test_rule_3_a_lost_connection_fails_all_calls_at_once(node: Watched, station: Station) -> None:
    failures: list[type[orders.CannotOrder]] = []

    async def reset() -> None:
        with pytest.raises(orders.CannotOrder) as failure:
            await order(node, commands.Reset())
        failures.append(failure.type)

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(reset)
        await station.asked()
        await node.recorded(events.CommandRequested, 3)
        await station.close()
    assert Counter(failures) == {orders.LinkLost: 1, orders.Offline: 2}, "two were never sent"
    await node.recorded(events.Disconnected)
    assert [each.status for each in node.have(events.CommandEnded)] == ["connection_lost", "offline", "offline"]
    assert (await node.state()).state.open_commands == ()


async def test_rule_3_calls_of_an_old_socket_fail_when_a_newer_one_comes(
    node: Watched, station: Station, connect: Connect
) -> None:
    async with trio.open_nursery() as nursery:

        async def reset() -> None:
            with pytest.raises(orders.NoAnswer):
                await order(node, commands.Reset())

        nursery.start_soon(reset)
        await station.asked()
        newer = await connect()
    newer.answers = {"Reset": {"status": "Accepted"}}
    assert (await order(node, commands.Reset())).status == "accepted"


async def test_an_order_to_an_offline_charger_is_recorded_and_refused(node: Watched) -> None:
    with pytest.raises(orders.Offline):
        await order(node, commands.Reset())
    assert node.have(events.CommandRequested)[0].by == "test"
    assert node.have(events.CommandEnded)[0].status == "offline"


async def test_what_the_version_has_no_words_for_is_recorded_and_refused(node: Watched, station: Station) -> None:
    with pytest.raises(orders.NotExpressible):
        await order(node, commands.Reset(type="resume"))
    assert node.have(events.CommandEnded)[0].status == "not_supported"


async def test_rule_52_both_resets_reach_the_charger(node: Watched, station: Station) -> None:
    sent = []
    for kind in ("immediate", "hard"):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(order, node, commands.Reset(type=kind))
            message_id, _, payload = await station.asked()
            sent.append(payload["type"])
            await station.answer(message_id, {"status": "Accepted"})
    assert sent == ["Soft", "Hard"]


async def test_rule_54_unknown_keys_are_listed(node: Watched, station: Station) -> None:
    station.answers = {"GetConfiguration": {"unknownKey": ["Nonsense"]}}
    executed = await order(node, commands.GetConfiguration(keys=("Nonsense",)))
    assert executed.response == {"unknownKey": ["Nonsense"]}
    assert node.have(events.ConfigurationRead)[0].unknown == ("Nonsense",)


async def test_rule_17_an_answer_that_is_no_configuration_is_survived(node: Watched, station: Station) -> None:
    station.answers = {"GetConfiguration": {"configurationKey": ["A", {"key": "B", "value": 5, "readonly": False}]}}
    executed = await order(node, commands.GetConfiguration())
    assert "configurationKey.0" in executed.detail
    assert [each.values for each in node.have(events.ConfigurationRead)] == [{"B": ("5", False)}]
    assert (await node.state()).state.configuration == {"B": ("5", False)}


async def test_rule_54_a_value_that_needs_a_reboot_is_remembered(node: Watched, station: Station) -> None:
    station.answers = {"ChangeConfiguration": {"status": "RebootRequired"}}
    executed = await order(node, commands.SetConfiguration(key="HeartbeatInterval", value="60"))
    assert (executed.status, executed.refused) == ("reboot_required", False)
    assert (await node.state()).state.pending_reboot


async def test_rule_54_availability_may_be_scheduled(node: Watched, station: Station) -> None:
    station.answers = {"ChangeAvailability": {"status": "Scheduled"}}
    executed = await order(node, commands.Availability(available=False, connector_id=1))
    assert (executed.status, executed.refused) == ("scheduled", False)


async def test_a_refusal_is_an_outcome(node: Watched, station: Station) -> None:
    station.answers = {"Reset": {"status": "Rejected"}}
    executed = await order(node, commands.Reset())
    assert (executed.status, executed.refused) == ("rejected", True)


async def test_an_error_of_the_charger_is_handed_on(node: Watched, station: Station) -> None:
    async with trio.open_nursery() as nursery:
        outcomes = []

        async def raw() -> None:
            outcomes.append(await order(node, commands.Raw(action="ClearCache", payload={})))

        nursery.start_soon(raw)
        message_id, _, _ = await station.asked()
        await station.refuse(message_id, "NotSupported")
    assert outcomes[0].error is not None
    assert outcomes[0].error.code == "NotSupported"


async def test_secrets_are_recorded_nowhere(node: Watched, station: Station) -> None:
    station.answers = {"ChangeConfiguration": {"status": "Accepted"}}
    secret = "5eC7e7-of-a-charger"
    await order(node, commands.SetConfiguration(key="AuthorizationKey", value=secret))
    for told in (repr(await node.log_of()), repr(node.services.traces.of("CP-01"))):
        assert secret not in told
        assert secret.encode().hex() not in told


async def test_too_many_calls_are_refused(node: Watched, station: Station) -> None:
    async def reset() -> None:
        with pytest.raises((orders.NoAnswer, orders.Offline)):
            await order(node, commands.Reset())

    async with trio.open_nursery() as nursery:
        for _ in range(outbound.LIMIT):
            nursery.start_soon(reset)
        await node.recorded(events.CommandRequested, outbound.LIMIT)
        await node.until(lambda: len(node.services.links["CP-01"].calls) == outbound.LIMIT)
        with pytest.raises(orders.QueueFull):
            await order(node, commands.Reset())
        await station.close()


async def test_whoever_waits_hears_of_a_disk_that_is_full(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with trio.open_nursery() as nursery:

        async def reset() -> None:
            with pytest.raises((errors.StorageUnavailable, orders.NoAnswer)):
                await order(node, commands.Reset())

        nursery.start_soon(reset)
        message_id, _, _ = await station.asked()
        with monkeypatch.context() as patch:
            full = errors.StorageUnavailable("SQLITE_FULL: database or disk is full")
            patch.setattr(node.log, "append_batch", lambda appends: [full for _ in appends])
            await station.answer(message_id, {"status": "Accepted"})
            assert (await station.closed()).code == 1013


# -- Remote start and stop -------------------------------------------------------------------------------------------


async def begin(node: Watched, connector_id: int | None = 1, id_tag: str = "CARD") -> charger.Begun:
    ref = await node.charger("CP-01")
    return await charger.start_session(ref, connector_id=connector_id, id_token=facts.IdToken(id_tag), by="test")


async def status_of(node: Watched, session_id: str) -> tuple[str, str | None]:
    [found] = [each for each in await node.sessions_of() if each.id == session_id]
    return found.status, found.failure


async def test_rule_51_accepted_is_not_started(node: Watched, station: Station) -> None:
    begun = await begin(node)
    message_id, action, payload = await station.asked()
    assert (action, payload) == ("RemoteStartTransaction", {"idTag": "CARD", "connectorId": 1})
    await station.answer(message_id, {"status": "Accepted"})
    await node.recorded(events.CommandEnded)
    assert await status_of(node, begun.session_id) == ("pending", None)


@pytest.mark.parametrize("named", [1, None])
async def test_rule_51_the_start_with_its_token_and_connector_makes_it_active(
    node: Watched, station: Station, named: int | None
) -> None:
    station.answers = {"RemoteStartTransaction": {"status": "Accepted"}}
    begun = await begin(node, named)
    await station.start(connector_id=2, id_tag="OTHER")
    assert (await status_of(node, begun.session_id))[0] == "pending"
    await station.start(connector_id=1)
    assert (await status_of(node, begun.session_id))[0] == "active"
    assert len(await node.sessions_of()) == 2


async def test_rule_51_a_refused_start_fails_with_the_reason(node: Watched, station: Station) -> None:
    station.answers = {"RemoteStartTransaction": {"status": "Rejected"}}
    begun = await begin(node)
    await node.recorded(events.SessionFailed)
    assert await status_of(node, begun.session_id) == ("failed", "the charger refused the remote start: rejected")


async def test_rule_51_a_start_answered_with_an_error_fails_too(node: Watched, station: Station) -> None:
    begun = await begin(node)
    message_id, _, _ = await station.asked()
    await station.refuse(message_id, "InternalError")
    await node.recorded(events.SessionFailed)
    assert (await status_of(node, begun.session_id))[0] == "failed"


async def test_rule_51_a_start_that_never_comes_fails_by_itself(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.answers = {"RemoteStartTransaction": {"status": "Accepted"}}
    monkeypatch.setattr("csms.domain.session_decisions.PENDING_LIMIT", timedelta(seconds=0.1))
    begun = await begin(node)
    await node.recorded(events.SessionFailed)
    assert await status_of(node, begun.session_id) == ("failed", "the charger did not start a transaction in time")


async def test_rule_51_a_start_that_comes_late_is_taken_and_flagged(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.answers = {"RemoteStartTransaction": {"status": "Accepted"}}
    monkeypatch.setattr("csms.domain.session_decisions.PENDING_LIMIT", timedelta(seconds=0.1))
    await begin(node)
    await node.recorded(events.SessionFailed)
    await station.start()
    [session] = await node.sessions_of()
    assert session.status == "active"
    assert "late_start" in session.flags


async def test_a_remote_start_while_offline_fails_the_session(node: Watched) -> None:
    with pytest.raises(orders.Offline):
        await begin(node)
    [session] = await node.sessions_of()
    assert session.status == "failed"


async def test_rule_31_a_refused_token_is_not_even_sent(node: Watched, station: Station) -> None:
    with pytest.raises(charger.TokenRefused):
        await begin(node, id_tag="STRANGER")
    assert node.have(events.AuthorizationDecided)[0].status == "Invalid"
    assert await node.sessions_of() == []


async def test_a_running_session_is_stopped_by_its_transaction_id(node: Watched, station: Station) -> None:
    number = (await station.start())["transactionId"]
    [session] = await node.sessions_of()
    async with trio.open_nursery() as nursery:
        ref = await node.charger("CP-01")
        nursery.start_soon(partial(charger.stop_session, node.services, ref, session.id, by="test"))
        message_id, action, payload = await station.asked()
        assert (action, payload) == ("RemoteStopTransaction", {"transactionId": number})
        await station.answer(message_id, {"status": "Accepted"})


async def test_nothing_runs_nothing_to_stop(node: Watched, station: Station) -> None:
    with pytest.raises(charger.NoSuchSession):
        await charger.stop_session(node.services, await node.charger("CP-01"), "s123", by="test")


async def test_a_crash_of_the_actor_fails_who_waits_and_the_outcome_is_recorded_all_the_same(
    node: Watched, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert issubclass(runtime.ActorCrashed, runtime.OutcomeUnknown)
    monkeypatch.setattr(charger, "SETTLE_SECONDS", 0.01)
    async with trio.open_nursery() as nursery:

        async def reset() -> None:
            with pytest.raises(runtime.ActorCrashed):
                await order(node, commands.Reset())

        nursery.start_soon(reset)
        message_id, _, _ = await station.asked()

        async def poison(self: charger.Charger) -> charger.Live:
            raise RuntimeError("poison")

        monkeypatch.setattr(charger.Charger, "on_live", poison)
        poison.__name__ = "on_live"
        with pytest.raises(runtime.ActorCrashed):
            await charger.live(await node.charger("CP-01"))
    await station.answer(message_id, {"status": "Rejected"})
    assert (await node.recorded(events.CommandEnded)).status == "rejected"
