"""Mailing: sends what waits in the table `mails` through the operator's relay, and queues mails about bills.

Two supervised tasks. `follow` queues a receipt, an invoice or word of a failed payment when the log tells of it and an
address is known; `send` hands over what is due, one at a time, and notes what came of it. A mail that was handed over
and not noted when the server was killed comes again with the same Message-ID. Without a relay everything waits.
"""

from __future__ import annotations

import logging
import sqlite3
import ssl
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import trio

from actors import alerts, runtime
from actors.business import printing
from actors.recording import follower, journal
from actors.services import Services
from csms.domain import events, money, payment_events
from csms.integrations.mail import letters, smtp, translations
from csms.storage import errors
from csms.storage.billing import papers, recipients
from csms.storage.paying import facts, receipts
from csms.storage.records import Stored
from csms.storage.reference import mails, payers

NAME = "mailing"
TYPES = ("DocumentIssued", "PaymentFailed")
LOOK_SECONDS = 2.0
"""How often is looked for what is due."""
AT_ONCE = 20
"""Mails that are read together."""
WHOLE_SECONDS = 180.0
"""How long handing over one mail may take."""
FRESH = timedelta(days=3)
"""What happened earlier is no news any more: a server that learns to send mails does not begin with old ones."""

logger = logging.getLogger(__name__)


class Mailing:
    """`trusted` says whose certificates of relays are good: None for those that browsers trust."""

    def __init__(self, services: Services, trusted: ssl.SSLContext | None = None) -> None:
        self._services = services
        self._trusted = trusted

    async def follow(self, task: runtime.Task) -> None:
        """Queue what people should hear of."""
        await follower.Follower(self._services, NAME, TYPES, self.act).serve(task)

    async def act(self, stored: Stored) -> None:
        """Queue the mail about one event, once."""
        if self._services.now() - stored.at < FRESH:
            await journal.write(self._services.journal, queue_about, stored, self._services.now())

    async def send(self, task: runtime.Task) -> None:
        """Send what is due, for ever."""
        task.started()
        while True:
            if self._services.settings.smtp_url is not None:
                await self.send_due()
            await trio.sleep(LOOK_SECONDS)

    async def send_due(self) -> None:
        """Send everything that is due now."""
        while due := await self._services.readers.read(mails.due, self._services.now(), AT_ONCE):
            for mail in due:
                outcome = await self._attempt(mail)
                if await journal.write(self._services.journal, mails.attempted, mail.id, outcome):
                    logger.warning("mail_given_up mail=%s template=%s", mail.id, mail.template)
                    alerts.raise_alert(self._services.registry, "mail_failed", mail.id, outcome.wrong)

    async def _attempt(self, mail: mails.Due) -> mails.Outcome:
        now = self._services.now
        try:
            with trio.fail_after(WHOLE_SECONDS):
                await self._hand_over(mail)
        except smtp.MailError as error:
            return mails.Outcome(now(), str(error), final=isinstance(error, smtp.Refused))
        except trio.TooSlowError:
            return mails.Outcome(now(), f"the relay took longer than {WHOLE_SECONDS:.0f} s")
        except (errors.StorageUnavailable, runtime.ActorError):
            raise
        except Exception as error:  # containment: a mail that cannot be written keeps no other waiting
            logger.exception("mail_not_written mail=%s template=%s", mail.id, mail.template)
            return mails.Outcome(now(), f"it could not be written: {type(error).__name__}")
        return mails.Outcome(now())

    async def _hand_over(self, mail: mails.Due) -> None:
        settings = self._services.settings
        assert settings.smtp_url is not None and settings.mail_from is not None, "settings have both or neither"
        language = translations.known(mail.language or settings.mail_language)
        operator = settings.operator_name
        letter = letters.write(mail.template, mail.fields, language, operator)
        at = self._services.now()
        made = letters.message(
            letter, sender=settings.mail_from, operator=operator, to=mail.recipient, id=mail.id, at=at
        )
        if mail.document is not None:
            paper = await self._services.readers.read(papers.one, mail.document)
            document = await printing.printed(self._services, paper, language)
            made.add_attachment(document, maintype="application", subtype="pdf", filename=f"{mail.document}.pdf")
        await trio.to_thread.run_sync(
            partial(smtp.send, settings.smtp_url, made, self._trusted), abandon_on_cancel=True
        )


def queue_about(conn: sqlite3.Connection, stored: Stored, now: datetime) -> None:
    """Queue the mail about an event, if it is worth one and an address is known; again is harmless."""
    about = _About(stored, now)
    match stored.event:
        case events.DocumentIssued(kind="receipt") as event:
            _about_document(conn, about, event, "receipt")
        case events.DocumentIssued(kind="invoice") as event:
            _about_document(conn, about, event, "invoice")
        case payment_events.PaymentFailed() as failed:
            _about_payment(conn, about, failed)
        case _:
            pass


def _about_document(conn: sqlite3.Connection, about: _About, event: events.DocumentIssued, template: str) -> None:
    if event.buyer_ref is None and template == receipts.TEMPLATE:
        receipts.send(conn, payers.of_sessions(conn, event.session_ids), event.number, about.now)
        return
    reader = _reader(conn, event.buyer_ref)
    if reader is None:
        return
    if template == receipts.TEMPLATE:
        fields = receipts.fields(papers.one(conn, event.number))
    else:
        fields = {
            "number": event.number,
            "amount": money.text(event.total_incl, event.currency),
            "currency": event.currency,
            "due_on": (event.due_on or event.issued_on).isoformat(),
        }
    reader.told(conn, about, template, fields, event.number)


def _about_payment(conn: sqlite3.Connection, about: _About, failed: payment_events.PaymentFailed) -> None:
    payment = facts.state(conn, about.stored.stream.partition(":")[2])
    reader = None if payment is None else _reader(conn, f"driver:{payment.driver_id}")
    if payment is None or reader is None:
        return
    amount = money.text(payment.amount, payment.currency)
    fields = {"amount": amount, "currency": payment.currency, "reason": failed.reason}
    reader.told(conn, about, "payment_failed", fields)


class _About(NamedTuple):
    stored: Stored
    now: datetime


class _Reader(NamedTuple):
    address: str
    language: str | None

    def told(
        self,
        conn: sqlite3.Connection,
        about: _About,
        template: str,
        fields: dict[str, str],
        document: str | None = None,
    ) -> None:
        mails.queue(
            conn,
            to=self.address,
            template=template,
            fields=fields,
            language=self.language,
            document=document,
            about=f"event {about.stored.seq}",
            now=about.now,
        )


def _reader(conn: sqlite3.Connection, buyer_ref: str | None) -> _Reader | None:
    """Whom a document names, in the language they want; None where nobody knows an address."""
    found = recipients.find(conn, buyer_ref)
    return None if found.address is None else _Reader(found.address, found.language)
