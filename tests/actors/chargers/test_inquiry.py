"""What is missing of a 2.x transaction is asked of its charger (rules 42, 44)."""

import pytest

from actors.chargers import inquiry
from csms.domain import events
from tests.actors.node import Clock, Connect, Station, Watched
from tests.actors.transacting import Tell, connected, meter, telling
from tests.csms.domain.support import seen


@pytest.fixture
async def station(connect: Connect, clock: Clock) -> Station:
    """CP-01, booted and available."""
    return await connected(connect)


@pytest.fixture
def tell(station: Station) -> Tell:
    """Sends a TransactionEvent; the payload of the answer."""
    return telling(station)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is asked for at once."""
    monkeypatch.setattr(inquiry, "SECONDS", 0.0)
    monkeypatch.setattr(inquiry, "AGAIN_SECONDS", 0.0)


@pytest.mark.usefixtures("asking")
async def test_rule_44_what_is_missing_is_asked_for_until_it_has_come(
    node: Watched, station: Station, tell: Tell
) -> None:
    await tell("Started", 0, 0, token="CARD", evse=1)
    await tell("Ended", 2, 120, meter(2000, 120), stoppedReason="EVDisconnected")
    for _ in range(2):
        message_id, action, payload = await station.asked()
        assert (action, payload) == ("GetTransactionStatus", {"transactionId": "T1"})
        await station.answer(message_id, {"messagesInQueue": True, "ongoingIndicator": False})
    await node.recorded(events.QueueTold, 2)
    assert (await node.only()).status == "finishing"
    await tell("Updated", 1, 60, meter(1500, 60))
    assert seen(await node.only(), "status", "energy_wh", "flags") == ("completed", 500, ())


@pytest.mark.usefixtures("asking")
async def test_rule_44_it_is_asked_for_once_when_there_is_no_more(node: Watched, station: Station, tell: Tell) -> None:
    await tell("Started", 0, 0, token="CARD", evse=1)
    await tell("Ended", 2, 120, stoppedReason="EVDisconnected")
    message_id, _, _ = await station.asked()
    await station.answer(message_id, {"messagesInQueue": False})
    await node.recorded(events.SessionCompleted)
    assert seen(await node.only(), "status", "flags") == ("completed", ("gaps",))
    await tell("Updated", 7, 130)
    assert station.waiting == 0
