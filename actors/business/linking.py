"""Linking: queues the mails with links that somebody asked for, and tells what such links are built from.

A supervised task. Each request is answered in one transaction, and gone with it: a kill in between loses none and sends
none twice. That it is done here, after the answer, is why the answer tells nobody who has an account.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import trio

from actors import runtime
from actors.recording import journal
from actors.services import Services
from csms.storage import errors
from csms.storage.reference import joining, link_requests

LOOK_SECONDS = 1.0
"""How often is looked for what was asked."""
AGAIN_SECONDS = 30.0
"""How long is waited when nothing can be stored or mailed."""

logger = logging.getLogger(__name__)


class CannotMail(Exception):
    """Links cannot be mailed; the message says which setting that needs."""


def terms(services: Services) -> joining.Terms:
    """Where links lead and how long they work, by the settings and never by what a request says. Raises CannotMail."""
    settings, base = services.settings, services.public_url
    if settings.smtp_url is None:
        raise CannotMail("this server sends no mails: set CSMS_SMTP_URL and CSMS_MAIL_FROM")
    if base is None:
        raise CannotMail("this server does not know where it is reached: set CSMS_PUBLIC_URL")
    return joining.Terms(
        base=base.rstrip("/"),
        invitation=timedelta(days=settings.invitation_days),
        password_reset=timedelta(minutes=settings.password_reset_minutes),
        registration=timedelta(hours=settings.registration_hours),
    )


async def serve(services: Services, task: runtime.Task) -> None:
    """The body of the supervised task."""
    task.started()
    while True:
        wait = LOOK_SECONDS
        try:
            await answer_all(services)
        except (CannotMail, errors.StorageError, runtime.ActorError) as error:
            logger.warning("links_not_mailed reason=%s", error)
            wait = AGAIN_SECONDS
        await trio.sleep(wait)


async def answer_all(services: Services) -> None:
    """Answer what was asked for until now. Raises CannotMail, StorageError, ActorError."""
    while (request := await services.readers.read(link_requests.first)) is not None:
        made = terms(services)
        try:
            await journal.write(services.journal, joining.answer, request, made, services.now())
        except (errors.InvalidValue, errors.NotFound, errors.AlreadyExists) as error:
            logger.warning("link_not_mailed purpose=%s reason=%s", request.purpose, type(error).__name__)
            await journal.write(services.journal, link_requests.done, request.number)
