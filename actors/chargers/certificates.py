"""Certificates: what a charger asks to have signed, and what it asks about certificates. Used by the charger actor.

A request is checked before it is answered, and signed after the answer has left (rule 53): first it is stored, then
sent, so that whatever is out there can be revoked. What is refused is kept with its reason, and told to operations.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import trio

from actors.alerts import raise_alert
from actors.chargers import certificate_statuses
from actors.recording import journal
from actors.services import Services
from csms import pki
from csms.domain import commands, facts, ids
from csms.pki import authority, contract, pem, requests, store
from csms.storage import lookups
from csms.storage.reference import certificates

MOST_AN_HOUR = 20
"""Requests of one charger that are looked at: each one that is signed costs a row for ever."""

logger = logging.getLogger(__name__)


@dataclasses.dataclass(eq=False)
class Certificates:
    """`serial_number` is the charger's as registered; None takes what it reported. `due` waits for its answer."""

    services: Services
    charger_id: str
    serial_number: str | None = None
    due: dict[str, facts.SigningRequest] = dataclasses.field(default_factory=dict)

    # -- Signing -------------------------------------------------------------------------------------------------------

    async def requested(self, fact: facts.SigningRequest, reported: str | None) -> facts.SigningAnswer:
        """Whether it will be signed; `reported` is the serial number that the charger told when it booted."""
        now = self.services.now()
        read = self.services.look_ups.read
        if await read(certificates.recent, self.charger_id, now - timedelta(hours=1)) >= MOST_AN_HOUR:
            return facts.SigningAnswer(f"more than {MOST_AN_HOUR} requests in an hour: wait")
        try:
            self._checked(fact, self.serial_number or reported)
        except pki.BadRequest as error:
            await self._refused(fact.kind, str(error), now)
            return facts.SigningAnswer(str(error))
        self.due[fact.kind] = fact
        return facts.SigningAnswer()

    async def sign(self) -> list[commands.SendCertificate]:
        """Sign what was asked for, and keep it: what to send."""
        asked, self.due = list(self.due.values()), {}
        made = []
        for fact in asked:
            try:
                made.append(await self._signed(fact))
            except pki.PkiError as error:
                self._alert("certificate_not_signed", str(error))
        return made

    async def used(self, serial_number: str | None) -> None:
        """The charger signed in with this certificate."""
        if serial_number is None:
            return
        known = await self.services.look_ups.read(certificates.find, serial_number)
        if known is not None and known.status != "installed" and known.charger_id == self.charger_id:
            await journal.write(self.services.journal, certificates.used, known.number)

    async def settled(self, command: commands.SendCertificate, status: str) -> None:
        """The charger said whether it took it; of an answer that did not come it is not known."""
        taken = status == "accepted"
        if not taken and status != "rejected":
            return
        told = "" if taken else "the charger did not take it"
        await journal.write(self.services.journal, certificates.settle, command.serial_number, taken=taken, reason=told)
        if not taken:
            self._alert("certificate_rejected", f"the charger rejected its new certificate {command.serial_number}")

    def _checked(self, fact: facts.SigningRequest, serial_number: str | None) -> None:
        organisation = self.services.settings.operator_name
        match fact.kind:
            case "charger":
                requests.check(fact.csr, serial_number, organisation)
            case "v2g":
                requests.check_v2g(fact.csr, organisation)
            case other:
                raise pki.BadRequest(f"certificates of type {other} cannot be signed here")

    async def _signed(self, fact: facts.SigningRequest) -> commands.SendCertificate:
        now, settings = self.services.now(), self.services.settings
        kept = store.Store(settings.data / "pki", settings.operator_name)
        life = timedelta(days=settings.certificate_days)
        # Off the loop: on first use keys are made and written.
        chain = await trio.to_thread.run_sync(partial(_sign, kept, fact, now, life))
        serial = f"{chain[0].serial_number:x}"
        kind: certificates.Kind = "v2g" if fact.kind == "v2g" else "charger"
        text = pem.write(chain)
        await journal.write(
            self.services.journal,
            certificates.issue,
            self.charger_id,
            kind,
            serial_number=serial,
            common_name=requests.only(chain[0].subject, requests.COMMON_NAME),
            chain=text,
            at=now,
            ends_at=chain[0].not_valid_after_utc,
        )
        logger.info("certificate_issued charger=%s kind=%s serial=%s", self.charger_id, kind, serial)
        return commands.SendCertificate(
            serial_number=serial, chain=text, kind=kind, for_all=fact.for_all, request_id=fact.request_id
        )

    async def _refused(self, kind: str, reason: str, now: datetime) -> None:
        logger.warning("certificate_refused charger=%s reason=%s", self.charger_id, reason)
        await journal.write(self.services.journal, certificates.refuse, self.charger_id, kind, reason, now)
        self._alert("certificate_refused", reason)

    def _alert(self, kind: str, detail: str) -> None:
        """Once a day for the same reason."""
        day = self.services.now().date().isoformat()
        alert_id = ids.digest(kind, self.charger_id, detail, day)
        raise_alert(self.services.registry, kind, self.charger_id, detail, alert_id)

    # -- Whether they are good still -----------------------------------------------------------------------------------

    async def contract(self, fact: facts.Authorize) -> str | None:
        """OCPP's word about the certificate that a car showed to pay with; None where it showed none."""
        if fact.certificate is None and not fact.certificate_hashes:
            return None
        gone: set[str] = set()
        for each in fact.certificate_hashes:
            ours = await self.services.look_ups.read(lookups.certificate, each.serial_number)
            if ours is not None and ours.revoked_at is not None:
                gone.add(each.serial_number)
        # Off the loop: roots are read, and each signature of the chain costs a millisecond.
        check = partial(_contract, self.services.settings.contract_ca, fact, gone, self.services.now())
        return await trio.to_thread.run_sync(check)

    async def statuses(self, fact: facts.CertificateStatusRequest) -> facts.CertificateStatusAnswer:
        """What can be said about each: of our own by us, of others' by their responders."""
        return await certificate_statuses.statuses(self.services, self.charger_id, fact)


def _contract(roots: Sequence[Path], fact: facts.Authorize, gone: set[str], now: datetime) -> str:
    trusted: list[pem.Certificate] = []
    for file in roots:
        try:
            trusted += pem.read(file.read_text("ascii"))
        except (OSError, UnicodeDecodeError, pki.BadCertificate) as error:
            logger.error("contract_ca_not_read file=%s reason=%s", file, error)
    named = fact.certificate_hashes
    return contract.status(fact.certificate, named, trusted, lambda each: each.serial_number in gone, now)


def _sign(kept: store.Store, fact: facts.SigningRequest, now: datetime, life: timedelta) -> list[pem.Certificate]:
    request = requests.read(fact.csr)
    if fact.kind == "v2g":
        signer = kept.v2g(now)
        return [authority.sign_v2g(signer, request, now, life), *signer.below_root]
    signer = kept.operator(now)
    return [authority.sign_charger(signer, request, now, life), *signer.below_root]
