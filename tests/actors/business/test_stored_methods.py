"""Sessions that drivers begin with their cards, paid by what they keep with the provider."""

from typing import Any

import pytest

from actors.business import payment
from csms.domain import events, payment_events
from csms.integrations.payment import Setup, embedded
from csms.storage import queries
from csms.storage.reference import accounts, assignments, payment_methods, tariffs, tokens, users
from tests.actors.node import Clock, Station, Watched
from tests.actors.test_session_prices import STORY
from tests.actors.transacting import moment

ACCEPTED = {"status": "Accepted"}


@pytest.fixture
async def node(node: Watched) -> Watched:
    """Where 500 INR are held, and CARD is somebody's."""
    node.payments.backoff = node.sessions.backoff

    def change(conn: Any) -> None:
        for tariff_id, held in (("story", "500.00"), ("unheld", None)):
            tariffs.add(conn, {**STORY, "id": tariff_id, "preauthorize": held})
        assignments.assign(conn, "charger", "CP-01", "story", now=node.services.now())
        driver = users.add(conn, {"email": "dina@example.com", "role": "driver"}, None)
        card = tokens.find(conn, "CARD")
        assert card is not None
        tokens.change(conn, card.ref, {"driver_id": driver.id})

    await node.write(change)
    return node


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    monkeypatch.setattr(payment, "RETRY_SECONDS", (0.01,))
    monkeypatch.setattr(payment, "LOOK_SECONDS", 0.01)


async def kept(node: Watched, method: str) -> payment_methods.Method:
    """CARD's driver keeps a method that behaves so."""
    gateway = node.services.payment_gateway(embedded.NAME)
    assert isinstance(gateway, embedded.Embedded)
    begun = await gateway.set_up("dina", None, method)
    setup: Setup = await gateway.choose(begun.reference, method)

    def add(conn: Any) -> payment_methods.Method:
        card = tokens.find(conn, "CARD")
        assert card is not None and card.driver_id is not None
        return payment_methods.add(conn, card.driver_id, embedded.NAME, setup, node.services.now())

    return await node.write(add)


async def paid(node: Watched) -> list[dict[str, Any]]:
    """All payments."""
    found: list[dict[str, Any]] = (await node.read(queries.payments.list))["items"]
    return found


async def test_a_session_begun_with_a_card_is_held_capped_and_captured(
    node: Watched, station: Station, clock: Clock
) -> None:
    await kept(node, "test-ok")
    for count, began in enumerate((1000, 2000), 1):
        transaction = (await station.start(meter=1000, at=moment(began)))["transactionId"]
        await node.recorded(events.CapSet, count)
        await station.stop(transaction, 23_000, moment(began + 600), reason="EVDisconnected")
        await node.recorded(payment_events.PaymentCaptured, count)
    found = await paid(node)
    assert [(each["status"], each["captured"]["amount"]) for each in found] == [("captured", "396.00")] * 2
    assert len({each["session_id"] for each in found}) == 2
    card = await node.read(tokens.find, "CARD")
    assert card is not None and not card.blocked


async def test_a_card_that_is_refused_ends_the_session_and_the_attempt_says_why(
    node: Watched, station: Station, clock: Clock
) -> None:
    await kept(node, "test-declined")
    transaction = (await station.start(meter=1000))["transactionId"]
    message_id, action, asked = await station.asked()
    assert (action, asked["transactionId"]) == ("RemoteStopTransaction", transaction)
    await station.answer(message_id, ACCEPTED)
    attempts = (await node.read(queries.authorizations.list))["items"]
    assert attempts[0]["status"] == "NoCredit"
    assert attempts[0]["reason"] == "the payment was refused: The card was declined."


@pytest.mark.parametrize("why", ["nothing is kept", "it is on a fleet's account", "nothing is to be held"])
async def test_other_sessions_are_not_held_for(node: Watched, station: Station, clock: Clock, why: str) -> None:
    if why != "nothing is kept":
        driver_id = (await kept(node, "test-ok")).driver_id

        def change(conn: Any) -> None:
            if why == "nothing is to be held":
                assignments.assign(conn, "connector", "CP-01/1", "unheld", now=node.services.now())
            else:
                account = accounts.add(conn, {"name": "Fleet"})
                accounts.add_member(conn, account.id, {"driver_id": driver_id})

        await node.write(change)
    transaction = (await station.start(meter=1000))["transactionId"]
    await station.stop(transaction, 23_000, moment(600), reason="EVDisconnected")
    await node.recorded(events.SessionCharged if "fleet" in why else events.DocumentIssued)
    assert await paid(node) == []
