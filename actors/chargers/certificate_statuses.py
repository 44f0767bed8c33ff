"""Certificate statuses: what chargers ask about cars' and their own certificates. Used by certificates.py.

Of our own certificates we say it; of others' their responder does, which the request names. Its word is kept until it
says that there will be a newer one, so that a car which comes every day costs a call now and then. What nobody says is
Failed; so is what neither we nor the charger could check (of 2.1's chains only a word goes to the charger).
"""

from __future__ import annotations

import base64
import logging
from datetime import datetime

import trio

from actors.services import Services
from actors.upkeep.hearsay import Said
from csms import pki
from csms.domain import facts
from csms.domain.certificates import HashData
from csms.integrations import http
from csms.pki import authority, hashes, ocsp, pem, responders, revocation, store
from csms.storage import lookups

SECONDS = 5.0
"""For all responders of a certificate: the charger and its car wait."""
LARGEST_ANSWER, LARGEST_LIST = 13_000, 2_000_000
"""Bytes of an OCSP answer (18,000 characters of base64), and of a list of revoked certificates."""

logger = logging.getLogger(__name__)


async def statuses(
    services: Services, charger_id: str, request: facts.CertificateStatusRequest
) -> facts.CertificateStatusAnswer:
    """What can be said about each, in the order of the questions."""
    found = [await _ours(services, question) for question in request.asked]

    async def ask(index: int, question: facts.StatusQuestion) -> None:
        found[index] = await _others(services, question)

    async with trio.open_nursery() as nursery:  # together: the charger waits for the slowest, not for all
        for index, question in enumerate(request.asked):
            if found[index] is None:
                nursery.start_soon(ask, index, question)
    told = tuple(each for each in found if each is not None)
    for each in told:
        if each.status == "Failed":
            logger.warning("certificate_status_failed charger=%s reason=%s", charger_id, each.detail)
    return facts.CertificateStatusAnswer(told)


# -- Ours --------------------------------------------------------------------------------------------------------------


async def _ours(services: Services, question: facts.StatusQuestion) -> facts.CertificateStatus | None:
    """What we say; None where it is not ours."""
    now, asked = services.now(), question.asked
    kept = store.Store(services.settings.data / "pki", services.settings.operator_name)
    try:
        issuer = await trio.to_thread.run_sync(_issuer, kept, asked)
        if issuer is None:
            return None
        ours = await services.look_ups.read(lookups.certificate, f"{hashes.serial(asked):x}")
        gone = None
        if ours is not None and ours.revoked_at is not None and ours.serial_number is not None:
            gone = revocation.Revoked(ours.serial_number, ours.revoked_at, ours.reason)
        known = ours is not None or await trio.to_thread.run_sync(_is_authority, kept, asked)
        told = ocsp.respond(issuer, asked, gone, now, known=known)
    except pki.PkiError as error:
        return _failed(question, str(error), now)
    status = "Revoked" if gone else "Good" if known else "Unknown"
    return facts.CertificateStatus(asked, question.source, status, now + ocsp.LIFE, told)


def _issuer(kept: store.Store, asked: HashData) -> authority.Authority | None:
    """Our authority that issued the certificate which is named so."""
    return next((each for each in kept.signers() if hashes.is_by(asked, each.issuer)), None)


def _is_authority(kept: store.Store, asked: HashData) -> bool:
    """Whether it is one of our authorities' own."""
    return any(each.serial_number == hashes.serial(asked) for chain in kept.chains() for each in chain)


# -- Others' -----------------------------------------------------------------------------------------------------------


async def _others(services: Services, question: facts.StatusQuestion) -> facts.CertificateStatus:
    now = services.now()
    said = services.hearsay.get(question, now)
    why = "it names nobody who could be asked"
    if said is None:
        with trio.move_on_after(SECONDS):
            for url in question.urls:
                why = f"{url}: no answer within {SECONDS:g} s"
                try:
                    said = await _asked(services, url, question)
                except (pki.PkiError, http.HttpError) as error:
                    why = str(error)
                    continue
                services.hearsay.keep(question, said)
                break
    if said is None:
        return _failed(question, why, now)
    return facts.CertificateStatus(
        question.asked, question.source, said.told.status, said.told.until or now, said.response
    )


async def _asked(services: Services, url: str, question: facts.StatusQuestion) -> Said:
    """What this one says. Raises PkiError, HttpError."""
    issuers = await trio.to_thread.run_sync(_issuers, services)
    if question.source == "CRL":
        content = await _called(services, "GET", url, largest=LARGEST_LIST)
        told = await trio.to_thread.run_sync(responders.listed, content, question.asked, services.now(), issuers)
        said = Said(told, None)
    else:
        content = await _called(services, "POST", url, responders.question(question.asked), largest=LARGEST_ANSWER)
        told = responders.answer(content, question.asked, services.now(), issuers)
        said = Said(told, base64.b64encode(content).decode())
    if question.word_only and not told.checked:
        raise pki.BadCertificate("the issuer's certificate is not known here: name it in CSMS_CONTRACT_CA")
    return said


async def _called(services: Services, method: str, url: str, content: bytes | None = None, *, largest: int) -> bytes:
    """The body of a good answer. Raises HttpError."""
    headers = {} if content is None else {"Content-Type": "application/ocsp-request"}
    told = await services.outbound.request(method, url, content=content, headers=headers, largest=largest)
    if not told.good:
        raise http.HttpError(url, f"it answered {told.status}")
    return told.body


def _issuers(services: Services) -> list[pem.Certificate]:
    """Certificates among which somebody's issuer may be: those that the settings name."""
    found: list[pem.Certificate] = []
    for file in (*services.settings.contract_ca, *services.settings.tls_client_ca):
        try:
            found += pem.read(file.read_text("ascii"))
        except (OSError, UnicodeDecodeError, pki.BadCertificate) as error:
            logger.error("issuers_not_read file=%s reason=%s", file, error)
    return found


def _failed(question: facts.StatusQuestion, why: str, now: datetime) -> facts.CertificateStatus:
    return facts.CertificateStatus(question.asked, question.source, "Failed", now, detail=why)
