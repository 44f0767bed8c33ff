"""Who is told of money: apps by webhooks, drivers and fleets by mail, through a real relay and a real receiver."""

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trio

from actors.business import mailing, payment
from actors.business import webhooks as sending
from csms import config
from csms.domain import events, payment_events
from csms.integrations.payment import embedded
from csms.storage.billing import invoices
from csms.storage.paying import creating
from csms.storage.reference import accounts, tokens, users
from tests import receiver as receivers
from tests import relay as relays
from tests.actors import node as nodes
from tests.actors.business.test_money_days import pay, price
from tests.actors.business.test_payment import charged, hurried, started
from tests.actors.business.test_reconciling import gateway_of, hold, pays, reconciled
from tests.actors.business.test_webhooks import subscribe
from tests.receiver import Receiver

__all__ = ["hurried"]

DINA, BLUE = "dina@example.com", "accounts@blue.example.com"


@pytest.fixture
def relay() -> Iterator[relays.Relay]:
    with relays.running() as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, relay: relays.Relay) -> config.Settings:
    hosts = ("127.0.0.1",)
    return nodes.made(tmp_path / "data", call_hosts=hosts, smtp_url=relay.url, mail_from="csms@example.com")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(mailing, "LOOK_SECONDS", 3600.0)


@pytest.fixture
async def receiver(nursery: trio.Nursery) -> AsyncIterator[Receiver]:
    made: Receiver = await nursery.start(receivers.run)
    yield made
    nursery.cancel_scope.cancel()


async def mail(node: nodes.Watched, relay: relays.Relay, subject: str) -> EmailMessage:
    """Send what waits until a mail came whose subject begins so."""
    with trio.fail_after(nodes.PATIENCE):
        while not (found := [each for each in relay.got if str(each["Subject"]).startswith(subject)]):
            await node.mailing.send_due()
    return found[0]


def plain(got: EmailMessage) -> str:
    body = got.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_apps_hear_of_a_payment_from_its_hold_to_its_refund_and_of_one_that_failed(
    node: nodes.Watched, receiver: Receiver, relay: relays.Relay, station: nodes.Station, clock: nodes.Clock
) -> None:
    dina = await node.write(users.add, {"email": DINA, "role": "driver"})
    await price(node, "INR", "18.00")
    await subscribe(node, receiver, "payment.*")
    payment_id = await pay(node, "500.00")
    await charged(station, await started(node, station))
    await node.recorded(payment_events.PaymentCaptured)
    await payment.refund(node.services, payment_id, "r1", Decimal("96.00"), "slow", "u9")
    got = await receiver.until(3)
    assert [each["type"] for each in got] == ["payment.authorised", "payment.captured", "payment.refunded"]
    assert {each["answered"] for each in got} == {204}, "each was signed"
    told = got[-1]["data"]["payment"]
    assert (told["id"], told["captured"]["amount"], told["refunded"]["amount"]) == (payment_id, "396.00", "96.00")
    declined = await _declined(node, dina.id)
    [failed] = await receiver.until(1, ["payment.failed"])
    assert (failed["data"]["payment"]["id"], failed["data"]["payment"]["status"]) == (declined, "failed")
    letter = plain(await mail(node, relay, "Your payment"))
    assert "500.00" in letter and "The card was declined." in letter


async def test_apps_hear_that_payments_and_the_provider_differ_and_that_they_agree_again(
    node: nodes.Watched, receiver: Receiver
) -> None:
    await subscribe(node, receiver, "alert.*")
    await pays(node, "p-fine", await hold(node, "p-fine", capture="396"), captured="396")
    reference = await hold(node, "p-stranger")
    await reconciled(node)
    await gateway_of(node).cancel(reference, "by hand")
    await reconciled(node, 2)
    raised, resolved = await receiver.until(2)
    assert (raised["type"], resolved["type"]) == ("alert.raised", "alert.resolved")
    assert raised["data"]["alert"]["subject"] == resolved["data"]["alert"]["subject"] == reference
    assert resolved["data"]["alert"]["resolved_at"] is not None


async def _declined(node: nodes.Watched, driver_id: str) -> str:
    asked = creating.Wanted(
        charger_id="CP-01",
        connector_id=2,
        gateway=embedded.NAME,
        flow="stored",
        method="test-declined",
        amount=Decimal("500.00"),
        driver_id=driver_id,
    )
    payment_id: str = await node.write(creating.create, asked, node.services.now())
    await payment.ensure(node.services, payment_id)
    return payment_id


async def test_a_fleet_gets_its_invoice_by_mail_with_the_paper(
    node: nodes.Watched, relay: relays.Relay, station: nodes.Station, clock: nodes.Clock
) -> None:
    await price(node, "INR", "18.00")

    def fleet(conn: Any) -> None:
        accounts.add(conn, {"id": "blue", "name": "Blue Cabs", "email": BLUE, "language": "de"})
        card = tokens.find(conn, "CARD")
        assert card is not None
        accounts.add_member(conn, "blue", {"token": card.ref})

    await node.write(fleet)
    await charged(station, "CARD")
    await node.recorded(events.SessionCharged)
    month = f"{clock.now:%Y-%m}"
    [draft] = await node.write(invoices.draft, month)
    issued = await node.write(invoices.issue, draft, node.services.now())
    got = await mail(node, relay, "Rechnung")
    assert (got["To"], issued.number in str(got["Subject"])) == (BLUE, True)
    assert "396" in plain(got)
    [paper] = got.iter_attachments()
    assert (paper.get_filename(), paper.get_content()[:4]) == (f"{issued.number}.pdf", b"%PDF")
