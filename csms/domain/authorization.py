"""May this token charge? The answer and the reason that support is asked for (rules 27-31)."""

from datetime import datetime

import msgspec

from csms.domain import facts
from csms.domain.limits import Limits, Objection

ACCEPTED = "Accepted"
NO_AUTHORIZATION = "NoAuthorization"
"""The type of a token that stands for none: whoever plugs in may charge (rule 29)."""


class TokenRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token; `ref` stands for it in the log. Unregistered ones were only ever presented."""

    ref: str
    type: str = "ISO14443"
    driver_id: str | None = None
    group_id: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    blocked: bool = False
    registered: bool = True
    limits: Limits | None = None


class Verdict(msgspec.Struct, frozen=True):
    """An OCPP authorization status, its reason in words (empty when accepted) and what the charger is told."""

    status: str
    reason: str = ""
    info: facts.TokenInfo = facts.TokenInfo(ACCEPTED)

    @property
    def accepted(self) -> bool:
        """True when the token may charge."""
        return self.status == ACCEPTED


def decide(
    token: TokenRecord | None,
    now: datetime,
    *,
    elsewhere: bool = False,
    master: str | None = None,
    limited: Objection | None = None,
) -> Verdict:
    """Judge a token at `now`. Given for a start only: `elsewhere` says that it runs another transaction (rule 28),
    `master` is the group whose tokens end any transaction and begin none, `limited` what its limits say against it."""
    if token is not None and token.type == NO_AUTHORIZATION:
        return Verdict(ACCEPTED)
    if token is None or not token.registered:
        return _refused("Invalid", "unknown token: add it with `csms token add` or POST /api/v1/tokens", token)
    if token.blocked:
        return _refused("Blocked", "the token is blocked", token)
    if token.valid_to is not None and token.valid_to <= now:
        return _refused("Expired", f"the token expired at {token.valid_to.isoformat()}", token)
    if token.valid_from is not None and token.valid_from > now:
        return _refused("NotAtThisTime", f"the token is valid from {token.valid_from.isoformat()}", token)
    if master is not None and token.group_id is not None and token.group_id.casefold() == master.casefold():
        return _refused("Invalid", "a master pass ends transactions and begins none", token)
    if elsewhere:
        return _refused("ConcurrentTx", "the token already runs another session", token)
    if limited is not None:
        return _refused(limited.status, limited.reason, token)
    return Verdict(ACCEPTED, "", facts.TokenInfo(ACCEPTED, token.valid_to, token.group_id))


def distrusted(verdict: Verdict, certificate_status: str | None) -> Verdict:
    """The verdict about a token whose car showed a certificate: a bad one may not charge, whatever the token may."""
    if certificate_status in (None, ACCEPTED) or not verdict.accepted:
        return verdict
    return Verdict("Invalid", f"the car's certificate is not good: {certificate_status}", facts.TokenInfo("Invalid"))


def may_stop(token: TokenRecord, begun_by: str | None, now: datetime) -> Verdict:
    """Judge a token that ends a transaction: the one that began it always may, also when it expired meanwhile."""
    if token.ref and token.ref == begun_by:
        return Verdict(ACCEPTED, "", facts.TokenInfo(ACCEPTED, None, token.group_id))
    return decide(token, now)


def _refused(status: str, reason: str, token: TokenRecord | None) -> Verdict:
    group = token.group_id if token else None
    return Verdict(status, reason, facts.TokenInfo(status, token.valid_to if token else None, group))
