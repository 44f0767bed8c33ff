"""Mails wait in the database until the relay has taken them, once; receipts leave by themselves with their PDF."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from actors.business import mailing
from csms import config
from csms.domain import events
from csms.storage import errors
from csms.storage.reference import mails, tokens, users
from tests import relay as relays
from tests.actors import node as nodes
from tests.actors.business import test_billing as billing

RESET = {"url": "https://csms.example.com/reset/s3cret", "until": "2026-03-02T09:00:00Z"}
DINA = "dina@example.com"


@pytest.fixture
def relay() -> Iterator[relays.Relay]:
    with relays.running() as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, relay: relays.Relay) -> config.Settings:
    return nodes.made(tmp_path / "data", smtp_url=relay.url, mail_from="csms@example.com")


@pytest.fixture
def sender(node: nodes.Watched) -> mailing.Mailing:
    return node.mailing


@pytest.fixture(autouse=True)
async def paused(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """The supervised sender looks once, at the start; tests say when to send."""
    monkeypatch.setattr(mailing, "LOOK_SECONDS", 3600.0)
    yield


async def queued(node: nodes.Watched, to: str = DINA, **more: Any) -> None:
    def change(conn: Any) -> None:
        mails.queue(conn, to=to, template="password_reset", fields=RESET, now=node.services.now(), **more)

    await node.write(change)


def dina_has_the_card(conn: Any) -> None:
    added = users.add(conn, {"email": DINA, "role": "driver"})
    card = tokens.find(conn, "CARD")
    assert card is not None
    tokens.change(conn, card.ref, {"driver_id": added.id})


async def abouts(node: nodes.Watched) -> set[str]:
    return await node.read(lambda conn: {row[0] for row in conn.execute("SELECT about FROM mails")})


async def rows(node: nodes.Watched) -> list[tuple[Any, ...]]:
    query = "SELECT status, attempts, fields, detail FROM mails ORDER BY number"
    return await node.read(lambda conn: conn.execute(query).fetchall())


async def test_a_mail_is_sent_once_and_its_link_forgotten(
    node: nodes.Watched, sender: mailing.Mailing, relay: relays.Relay, clock: nodes.Clock
) -> None:
    await queued(node, language="de")
    await sender.send_due()
    await sender.send_due()
    (got,) = relay.got
    assert (got["To"], got["From"], got["Subject"]) == (DINA, "CSMS <csms@example.com>", "Ein neues Passwort für CSMS")
    text, html = got.get_body(("plain",)), got.get_body(("html",))
    assert text is not None and RESET["url"] in text.get_content()
    assert html is not None and f'href="{RESET["url"]}"' in html.get_content()
    assert await rows(node) == [("sent", 1, "{}", "")]
    clock.forward(days=31)
    await node.write(mails.forget, clock())
    assert await rows(node) == []


async def test_what_the_relay_does_not_take_now_comes_again_under_the_same_id(
    node: nodes.Watched, sender: mailing.Mailing, relay: relays.Relay, clock: nodes.Clock
) -> None:
    relay.answers = ["451 later"]
    await queued(node)
    await sender.send_due()
    assert [row[:2] for row in await rows(node)] == [("waiting", 1)]
    await sender.send_due()
    assert len(relay.got) == 1, "not before its time"
    clock.forward(seconds=10)
    await sender.send_due()
    assert [row[:2] for row in await rows(node)] == [("sent", 2)]
    assert relay.got[0]["Message-ID"] == relay.got[1]["Message-ID"]


async def test_one_that_cannot_be_sent_keeps_no_other_waiting(
    node: nodes.Watched, sender: mailing.Mailing, relay: relays.Relay
) -> None:
    relay.unknown = {"nobody@example.com"}
    await queued(node, "nobody@example.com")
    await queued(node, document="NO-SUCH-1")
    await queued(node)
    await sender.send_due()
    assert [row[0] for row in await rows(node)] == ["failed", "waiting", "sent"]
    alert = await node.recorded(events.AlertRaised, where=lambda told: told.kind == "mail_failed")
    assert alert.detail == "the relay said 550 no such user"


async def test_the_receipt_comes_with_its_pdf_in_the_drivers_language_once(
    node: nodes.Watched, sender: mailing.Mailing, relay: relays.Relay, connect: nodes.Connect, clock: nodes.Clock
) -> None:
    await node.write(dina_has_the_card)
    await billing.charged(node, connect, clock)
    issued = await node.recorded(events.DocumentIssued)
    [stored] = [each for each in node.stored if isinstance(each.event, events.DocumentIssued)]
    await sender.act(stored)
    await sender.act(stored)
    await sender.send_due()
    (got,) = relay.got
    assert (got["To"], got["Subject"]) == (DINA, f"Receipt {issued.number}")
    (attached,) = got.iter_attachments()
    assert attached.get_filename() == f"{issued.number}.pdf"
    assert attached.get_content().startswith(b"%PDF")
    body = got.get_body(("plain",))
    assert body is not None and "₹396.00" in body.get_content()


async def test_a_buyer_without_an_address_gets_no_mail(
    node: nodes.Watched, sender: mailing.Mailing, connect: nodes.Connect, clock: nodes.Clock
) -> None:
    await billing.charged(node, connect, clock)
    await node.recorded(events.DocumentIssued)
    [stored] = [each for each in node.stored if isinstance(each.event, events.DocumentIssued)]
    await sender.act(stored)
    assert await rows(node) == []


async def test_bills_of_long_ago_are_not_sent(
    node: nodes.Watched, sender: mailing.Mailing, connect: nodes.Connect, clock: nodes.Clock
) -> None:
    await node.write(dina_has_the_card)
    await billing.charged(node, connect, clock)
    await node.recorded(events.DocumentIssued)
    [stored] = [each for each in node.stored if isinstance(each.event, events.DocumentIssued)]
    again = msgspec.structs.replace(stored, seq=stored.seq + 1000, at=clock() - timedelta(days=4))
    await sender.act(again)
    assert f"event {again.seq}" not in await abouts(node)
    await sender.act(msgspec.structs.replace(again, at=clock()))
    assert f"event {again.seq}" in await abouts(node)


@pytest.mark.parametrize("address", ["", "nobody", "a b@example.com", "a@b\nBcc: c@d", "a@b,c@d"])
async def test_what_is_no_address_is_refused_when_it_is_queued(node: nodes.Watched, address: str) -> None:
    with pytest.raises(errors.InvalidValue, match="to"):
        await queued(node, address)
    with trio.fail_after(nodes.PATIENCE):
        assert await rows(node) == []
