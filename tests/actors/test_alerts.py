"""Alerts: what operations must hear of becomes a record, whatever the disk does meanwhile."""

import pytest

from actors import alerts, runtime
from actors.alerts import Alerts
from actors.recording import journal
from csms.domain import events
from csms.storage import errors
from csms.storage.log import Append
from tests.actors.node import Watched, until


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr(alerts, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(journal, "PROBE_SECONDS", 0.01)


def actor(node: Watched) -> runtime.Ref[Alerts]:
    ref = node.system.registry.lookup("background/alerts", Alerts)
    assert ref is not None
    return ref


def raised(node: Watched, *subjects: str) -> None:
    for subject in subjects:
        actor(node).cast(Alerts.on_raised, "test", subject, "look at it")


def told(node: Watched) -> list[str]:
    return [alert.subject for alert in node.have(events.AlertRaised, lambda alert: alert.kind == "test")]


async def test_an_alert_becomes_a_record(node: Watched) -> None:
    raised(node, "CP-01")
    alert = await node.recorded(events.AlertRaised)
    assert alert == events.AlertRaised(kind="test", subject="CP-01", detail="look at it")


async def test_alerts_are_told_in_order(node: Watched) -> None:
    raised(node, "1", "2", "3")
    await until(lambda: told(node) == ["1", "2", "3"])


async def test_a_whole_fleet_may_raise_one_each_at_once(node: Watched) -> None:
    subjects = [str(number) for number in range(500)]
    raised(node, *subjects)
    await until(lambda: told(node) == subjects)


async def test_what_a_full_disk_did_not_take_is_stored_when_it_can_be(
    node: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Append] = []

    def full(appends: list[Append]) -> list[errors.StorageError]:
        tries.extend(appends)
        return [errors.StorageUnavailable("SQLITE_FULL") for _ in appends]

    with monkeypatch.context() as patch:
        patch.setattr(node.log, "append_batch", full)
        raised(node, "CP-01")
        await until(lambda: len(tries) > 3)
    await until(lambda: told(node) == ["CP-01"])


async def subjects(node: Watched) -> list[str]:
    """Of all alerts in the log."""
    found = [each.event for each in await node.log_of(events.SYSTEM_STREAM)]
    return [each.subject for each in found if isinstance(each, events.AlertRaised)]


@pytest.mark.parametrize("stored", [True, False])
async def test_an_alert_of_unknown_outcome_is_told_again_and_stored_once(
    node: Watched, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    real = node.log.append_batch

    def unsure(appends: list[Append]) -> list[errors.StorageError]:
        monkeypatch.setattr(node.log, "append_batch", real)
        if stored:
            real(appends)
        return [errors.AppendUnknown("I/O error") for _ in appends]

    told_of: list[str] = []
    runtime.sys.trace(actor(node), lambda step: told_of.append(step.args[1]) if step.event == "handled" else None)
    monkeypatch.setattr(node.log, "append_batch", unsure)
    raised(node, "CP-01")
    await until(lambda: told_of.count("CP-01") == 2)
    assert [each for each in await subjects(node) if each != "journal"] == ["CP-01"]


async def test_an_alert_in_a_crash_of_the_journal_is_told_again(node: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    real = node.log.append_batch

    def crash(appends: list[Append]) -> None:
        monkeypatch.setattr(node.log, "append_batch", real)
        raise RuntimeError("boom")

    monkeypatch.setattr(node.log, "append_batch", crash)
    raised(node, "CP-01")
    await until(lambda: told(node) == ["CP-01"])
    assert runtime.sys.statistics(actor(node))["restarts"] == 0
