"""Passwords: a charger's password while it is being changed (rule 8). Used by the charger actor, one object each.

Every step is durable before anything follows from it: a new password is good here before the charger is sent it, and
the old one stays good until it is known which of them the charger holds. So a crash between any two steps locks nobody
out. Keeps stored forms only, and writes no password anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import TypeAlias

import msgspec
import trio

from actors.recording import journal
from actors.services import Services
from csms import credentials
from csms.domain import commands, rotation, secrets, variables
from csms.storage.reference import chargers

Step: TypeAlias = Callable[[rotation.Credentials], rotation.Credentials]

_OUTCOMES = {
    "accepted": rotation.taken,
    "reboot_required": rotation.deferred,
    "failed": rotation.refused,
    "not_supported": rotation.refused,
    "not_supported_attribute_type": rotation.refused,
    "rejected": rotation.refused,
    "unknown_component": rotation.refused,
    "unknown_variable": rotation.refused,
}
"""By the charger's word. Any other outcome, such as an error or a timeout, does not tell which password it holds."""


def complete(command: commands.AnyCommand) -> tuple[commands.AnyCommand, bool]:
    """`command`, with a password made here where it sets one and names none; and whether that was so."""
    match command:
        case commands.SetConfiguration(key=key, value=None) if secrets.is_sign_in(variables.name(key)):
            return msgspec.structs.replace(command, value=credentials.charger_password()), True
        case _:
            return command, False


@dataclasses.dataclass(eq=False)
class Passwords:
    """`pending` counts the new ones whose outcome is not known; it follows the reference data."""

    services: Services
    charger_id: str
    pending: int = 0

    @property
    def full(self) -> bool:
        """True when so many are unknown that no other may be sent."""
        return self.pending >= rotation.LIMIT

    async def offer(self, password: bytes, *, made: bool) -> str:
        """Make a new one good beside the old one; its stored form. One that was `made` here has a fast hash."""
        credential = (
            credentials.hash_key(password)
            if made
            else await trio.to_thread.run_sync(credentials.hash_password, password, limiter=self.services.hashing)
        )
        await self._step(lambda known: rotation.offered(known, credential))
        return credential

    async def answered(self, credential: str, status: str, *, waits: bool = False) -> None:
        """The charger said what it made of it; one that `waits` counts when it connects in another way."""
        decide = rotation.kept if waits and status == "accepted" else _OUTCOMES.get(status)
        if decide is not None:
            await self._step(lambda known: decide(known, credential))

    async def used(self, presented: str | None, on_their_way: Collection[str]) -> None:
        """The charger signed in with this one: that settles what was unknown."""
        if presented is not None and self.pending:
            await self._step(lambda known: rotation.used(known, presented, on_their_way))

    async def _step(self, step: Step) -> None:
        """Raises errors.StorageError; the charger may be removed meanwhile, and then nothing is left to keep."""
        after = await journal.write(self.services.journal, chargers.rotate, self.charger_id, step)
        self.pending = len(after.pending)
