"""What was asked for is answered with one mail, whatever is killed in between; what cannot be, holds nobody up."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.business import linking
from actors.upkeep import sweeping
from csms import config
from csms.domain import events
from csms.storage.log import Log
from csms.storage.reference import link_requests, mails, users
from csms.storage.reference.one_time_links import Purpose
from tests.actors import node as nodes

ASHA = "asha@example.com"


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return nodes.made(
        tmp_path / "data",
        smtp_url="smtp://localhost:9",
        mail_from="csms@example.com",
        public_url="https://csms.example.com/",
    )


@pytest.fixture(autouse=True)
def paused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervised task looks once, at the start."""
    monkeypatch.setattr(linking, "LOOK_SECONDS", 3600.0)


async def ask(node: nodes.Watched, email: str, purpose: Purpose = "password_reset") -> None:
    await node.write(link_requests.ask, purpose, {"email": email}, node.services.now())


async def queued(node: nodes.Watched) -> list[tuple[str, str]]:
    """(to, link) of what waits to be sent."""
    rows = await node.read(lambda conn: conn.execute("SELECT recipient, fields FROM mails ORDER BY number").fetchall())
    return [(to, msgspec.json.decode(fields, type=dict[str, str])["url"]) for to, fields in rows]


async def test_what_was_asked_before_a_kill_is_answered_after_it(settings: config.Settings) -> None:
    with Log.open(settings.data) as log:
        log.write(users.add, {"email": ASHA, "role": "support"})
        log.write(link_requests.ask, "password_reset", {"email": ASHA}, datetime.now(UTC))
    async with nodes.running(settings) as node:
        await node.recorded(events.ReferenceChanged, where=lambda event: event.kind == "password_reset")
        ((to, link),) = await queued(node)
    assert to == ASHA and link.startswith("https://csms.example.com/link?token=")


async def test_the_link_the_mail_and_the_end_of_the_request_are_one(
    node: nodes.Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    await node.write(users.add, {"email": ASHA, "role": "support"})
    await ask(node, ASHA)
    with monkeypatch.context() as patched:
        patched.setattr(mails, "queue", broken)
        with pytest.raises(RuntimeError):
            await linking.answer_all(node.services)
    count = "SELECT (SELECT count(*) FROM one_time_links), (SELECT count(*) FROM link_requests)"
    assert await node.read(lambda conn: conn.execute(count).fetchone()) == (0, 1)
    await linking.answer_all(node.services)
    await linking.answer_all(node.services)
    assert [to for to, _ in await queued(node)] == [ASHA]


async def test_what_can_never_be_answered_keeps_nobody_waiting(node: nodes.Watched) -> None:
    await node.write(users.add, {"email": "a(b)@example.com", "role": "support"})
    await node.write(users.add, {"email": ASHA, "role": "support"})
    for email in ("a(b)@example.com", "nobody@example.com", ASHA):
        await ask(node, email)
    await linking.answer_all(node.services)
    assert [to for to, _ in await queued(node)] == [ASHA]


async def test_who_registers_and_does_not_confirm_is_forgotten(node: nodes.Watched, clock: nodes.Clock) -> None:
    async def known() -> str:
        query = "SELECT group_concat(details) FROM one_time_links"
        return str((await node.read(lambda conn: conn.execute(query).fetchone()))[0])

    await ask(node, ASHA, "registration")
    await linking.answer_all(node.services)
    await sweeping.sweep(node.services)
    assert ASHA in await known()
    clock.forward(hours=node.settings.registration_hours)
    await sweeping.sweep(node.services)
    assert await known() == "{}"


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"smtp_url": None, "mail_from": None}, "CSMS_SMTP_URL"), ({"public_url": None}, "CSMS_PUBLIC_URL")],
)
def test_it_says_what_mails_with_links_need(settings: config.Settings, changed: dict[str, Any], told: str) -> None:
    class Services:
        def __init__(self) -> None:
            self.settings = dataclasses.replace(settings, **changed)
            self.public_url = self.settings.public_url

    with pytest.raises(linking.CannotMail, match=told):
        linking.terms(Services())  # type: ignore[arg-type]
