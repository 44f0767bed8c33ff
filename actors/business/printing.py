"""Printing: papers as PDF, a few at a time, in processes of their own. Used by the API and by mails."""

from __future__ import annotations

import trio

from actors.services import Services
from csms.integrations.mail import translations
from csms.printing import pdf
from csms.storage.billing import papers


async def printed(services: Services, paper: papers.Paper, language: str) -> bytes:
    """The PDF, in the language of a BCP 47 tag, or in English where we do not have it. Raises pdf.NotPrinted."""
    known = translations.known(language)
    return await trio.to_thread.run_sync(
        pdf.made, paper, translations.translator(known), known, limiter=services.printing, abandon_on_cancel=True
    )
