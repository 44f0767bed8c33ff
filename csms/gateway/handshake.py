"""From an upgrade request to its answer: may this charger come in, as whom, speaking what?

Called by the server with what it read from the socket. Never touches a socket itself, and never opens the upgrade.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from csms.gateway import auth, errors, identity, passwords
from csms.pki import presented

log = logging.getLogger(__name__)

Choose: TypeAlias = Callable[[Sequence[str]], str | None]


class Directory(Protocol):
    """What the handshake asks the handler."""

    def accepting(self) -> bool:
        """False: chargers are told to come back later (503)."""

    async def credentials(self, identity: str, /) -> auth.Known | auth.Unknown:
        """Who that is, found without regard to case. Whatever it raises is answered 503."""

    async def shown(self, certificate: presented.Presented, /) -> auth.Shown:
        """What is known of a certificate that TLS found good. Whatever it raises is answered 503."""

    def refused(self, identity: str | None, why: str, remote: str, /) -> None:
        """Somebody was not let in: as a charger that is known here, or None. Told after the answer; must not wait."""


@dataclass(frozen=True, slots=True)
class Request:
    """An upgrade request.

    The target as sent, the Authorization header, the subprotocols offered, the charger's address.
    """

    target: str
    authorization: bytes | None = field(repr=False)
    offered: tuple[str, ...]
    remote: str
    secure: bool
    certificate: presented.Presented | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The upgrade is accepted. Without a `subprotocol` in common it is finished and closed at once (rule 5)."""

    identity: str
    credential: str | None = field(repr=False)
    found: auth.Known | auth.Unknown = field(repr=False)
    subprotocol: str | None
    profile: int = 0


async def answer(
    request: Request, directory: Directory, vault: passwords.Passwords, choose: Choose, retry_after: int
) -> Admitted | auth.Refuse:
    """Decide about a request; raises nothing."""
    busy = auth.Refuse(
        503, "not_accepting", "Not ready. Please come back later.", ((b"Retry-After", b"%d" % retry_after),)
    )
    if not directory.accepting():
        return busy
    try:
        wanted = identity.from_path(request.target)
    except errors.BadPath as error:
        return auth.Refuse(404, "bad_path", str(error))
    try:
        found = await directory.credentials(wanted)
        shown = None if request.certificate is None else await directory.shown(request.certificate)
    except Exception:  # containment: a look-up that fails must not cost more than this handshake
        log.exception("credentials_failed identity=%s", wanted)
        return busy
    checked = auth.check(wanted, found, request.authorization, secure=request.secure, shown=shown)
    verdict = await _verified(checked, vault)
    if isinstance(verdict, auth.Refuse):
        return replace(verdict, identity=found.identity) if isinstance(found, auth.Known) else verdict
    subprotocol = choose(request.offered)
    if subprotocol is not None and not identity.allowed_in(verdict.identity, subprotocol):
        return auth.Refuse(404, "bad_identity", f"That charger id is not allowed in {subprotocol}.")
    return Admitted(verdict.identity, verdict.credential, found, subprotocol, verdict.profile)


async def _verified(
    verdict: auth.Accept | auth.Refuse | auth.Verify, vault: passwords.Passwords
) -> auth.Accept | auth.Refuse:
    if not isinstance(verdict, auth.Verify):
        return verdict
    stored = await vault.matching(verdict.password, verdict.credentials)
    return auth.wrong(verdict.identity) if stored is None else auth.Accept(verdict.identity, stored, verdict.profile)
