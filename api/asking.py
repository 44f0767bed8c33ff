"""Asking for mails with links: slowed down, kept, and answered alike, whoever has an account.

What is asked for is taken up later, by actors/business/linking.py, so neither the answer nor its time tells anything.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import trio

from actors import tree
from actors.business import linking
from api import errors
from api.throttle import Throttle, network_of
from csms.storage.reference import joining, link_requests, mails
from csms.storage.reference.one_time_links import Purpose

HOUR = 3600.0
EACH, FROM_ONE = 3, 20
"""Mails to one address, and mails that one network asks for, in an hour."""


class Asking:
    """Takes requests for mails with links."""

    def __init__(self, node: tree.Node) -> None:
        self._node = node
        self._each, self._from_one = Throttle(EACH, HOUR), Throttle(FROM_ONE, HOUR)

    def terms(self) -> joining.Terms:
        """Where links lead and how long they work. Raises Conflict where none can be mailed."""
        try:
            return linking.terms(self._node.services)
        except linking.CannotMail as error:
            told = str(error)
            raise errors.Conflict(f"{told[0].upper()}{told[1:]}.", code="no_mail") from error

    async def ask(self, purpose: Purpose, email: str, origin: str, details: Mapping[str, Any] | None = None) -> None:
        """Have a mail sent to `email`; `origin` is the address that asks.

        Raises ApiError 429, Invalid for what is no address, Conflict where mails cannot leave.
        """
        self.terms()
        if not mails.possible(email):
            raise errors.Invalid("This is no address that a mail can be sent to.", code="bad_address")
        keys = ((purpose, email.casefold()), network_of(origin))
        self._refuse_hurry(keys)
        await self._node.write(link_requests.ask, purpose, {**(details or {}), "email": email}, datetime.now(UTC))

    def _refuse_hurry(self, keys: tuple[object, str]) -> None:
        now, throttles = trio.current_time(), (self._each, self._from_one)
        wait = math.ceil(max(throttle.wait_s(key, now) for throttle, key in zip(throttles, keys, strict=True)))
        if wait > 0:
            raise errors.ApiError(
                "That was asked for too often. Look for the mail, also where unwanted mails go, or try again in"
                f" {math.ceil(wait / 60)} minutes.",
                status=429,
                code="too_many_requests",
                headers={"Retry-After": str(wait)},
            )
        for throttle, key in zip(throttles, keys, strict=True):
            throttle.failed(key, now)
