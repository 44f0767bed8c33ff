"""Checks of outgoing mail: whether there is a relay, and what waits for one."""

from __future__ import annotations

from collections.abc import Iterator

from api.cli import local
from api.cli.checks import Finding, ok, warning
from api.cli.failure import Failure
from csms import config
from csms.storage.reference import mails


def relay(settings: config.Settings) -> Iterator[Finding]:
    """Whether mails can leave."""
    if settings.smtp_url is not None:
        yield ok("mail", f"sent as {settings.mail_from}")
        if settings.public_url is None:
            advice = "set CSMS_PUBLIC_URL, or only people on this machine can open them"
            yield warning("mail", "links in mails lead to where this server listens", advice)
        return
    waiting = _waiting(settings)
    found = "no relay is set" if waiting is None else f"no relay is set, and {waiting} wait to be sent"
    yield warning("mail", found, "set CSMS_SMTP_URL and CSMS_MAIL_FROM, or nobody gets receipts and invitations")


def _waiting(settings: config.Settings) -> int | None:
    """How many mails wait; None where there is no database yet."""
    try:
        with local.reading(settings.data) as conn:
            return mails.waiting(conn)
    except Failure:
        return None
