"""Which stored credentials of a charger are good while its password is being changed (rule 8), pure.

The charger actor takes these steps and stores each before it goes on. The charger alone knows which password it really
holds, so a new one is accepted beside the old one from before it is sent until the charger has said what it made of it,
or until its outcome is unknown and one of them is used. Never sees a password, only its stored form.
"""

from collections.abc import Collection

import msgspec

LIMIT = 4
"""Passwords that may be on their way or unknown at a time: each costs a check for every wrong guess."""


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new credential. `due`: the charger took it and will use it after its next reboot."""

    credential: str
    due: bool = False


class Credentials(msgspec.Struct, frozen=True):
    """The `current` one (None: no password is asked for) and the new ones beside it, in the order they were sent."""

    current: str | None = None
    pending: tuple[Candidate, ...] = ()

    @property
    def good(self) -> tuple[str, ...]:
        """All that may be presented now; none where no password is asked for."""
        return () if self.current is None else (self.current, *(each.credential for each in self.pending))


def offered(known: Credentials, new: str) -> Credentials:
    """A new one will be sent. Without a current one whatever is presented is good, so nothing needs to be kept."""
    if known.current is None or _position(known, new) is not None:
        return known
    return Credentials(known.current, (*known.pending, Candidate(new)))


def taken(known: Credentials, new: str) -> Credentials:
    """The charger took it: it replaces the current one and those sent before it."""
    position = _position(known, new)
    if known.current is not None and position is None:  # somebody set another password meanwhile: either may be meant
        return offered(known, new)
    return Credentials(new, known.pending[0 if position is None else position + 1 :])


def deferred(known: Credentials, new: str) -> Credentials:
    """The charger took it and will use it after a reboot: until then it signs in with what it had."""
    if known.current is None:
        return known
    pending = offered(known, new).pending
    return Credentials(known.current, tuple(Candidate(new, due=True) if e.credential == new else e for e in pending))


def kept(known: Credentials, new: str) -> Credentials:
    """The charger took it for another way to connect, which it has not used yet: until then it signs in as before.

    Where no password was asked for, the new one is the first: who presents none is let in all the same.
    """
    return Credentials(new) if known.current is None else deferred(known, new)


def refused(known: Credentials, new: str) -> Credentials:
    """The charger did not take it."""
    return Credentials(known.current, tuple(each for each in known.pending if each.credential != new))


def used(known: Credentials, presented: str, on_their_way: Collection[str] = ()) -> Credentials:
    """The charger signed in with one: that settles what was unknown.

    Those that the charger may have read but not used yet stay good: the due ones, and those `on_their_way`, whose call
    had no outcome when it signed in.
    """
    position = -1 if presented == known.current else _position(known, presented)
    if position is None:
        return known
    later = known.pending[position + 1 :]
    return Credentials(presented, tuple(each for each in later if each.due or each.credential in on_their_way))


def _position(known: Credentials, credential: str) -> int | None:
    return next((at for at, each in enumerate(known.pending) if each.credential == credential), None)
