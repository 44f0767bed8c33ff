"""Local lists: one order of people becomes the messages that a charger needs (rule 32). Run by who waits for it.

No actor: the charger is asked for its version and told message by message, each an order like any other. Should one be
lost on the way, the charger says VersionMismatch to the next, and gets the whole list again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from actors import runtime
from actors.chargers import charger
from actors.chargers.orders import CannotOrder
from actors.chargers.outbound import Executed
from actors.services import Services
from csms.domain import authorization, commands, facts, local_list
from csms.domain.local_list import Entry
from csms.storage import local_lists, lookups

_MISMATCH = "version_mismatch"
_SIZE = ("SendLocalListMaxLength", "LocalAuthListCtrlr.ItemsPerMessage")
_ENTRIES = ("LocalAuthListMaxLength",)
"""Settings of 1.6 and 2.x: the most in a message, and in the list."""


class ListTooLong(CannotOrder):
    """The charger said that its list holds fewer tokens."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token to list; `known` = say of it what the network knows. Without either it is taken off."""

    id_token: facts.IdToken
    entry: Entry | None = None
    known: bool = True


async def send(
    services: Services,
    ref: runtime.Ref[charger.Charger],
    charger_id: str,
    wanted: Sequence[Wanted] | None,
    update: local_list.Update,
    *,
    by: str,
    held: local_lists.Held | None = None,
) -> Executed:
    """Bring the charger's list up to date; None = all tokens that the network knows.

    `held` is the list that it took from us: where it holds another one now, it gets that one again with what is wanted.

    Raises CannotOrder and runtime.ActorError like charger.execute; what was sent before stays.
    """
    told = await charger.execute(services, ref, commands.GetLocalListVersion(), by=by)
    if told.error is not None or told.refused:
        return told
    version = _version(told.response or {})
    if version == local_list.UNSUPPORTED:
        return replace(told, status="not_supported", refused=True, detail="The charger keeps no local list.")
    before = held if held is not None else await services.readers.read(local_lists.held, charger_id)
    known = before.entries if before.version == version else None
    listed = await _entries(services, wanted)
    if held is not None and known is None and update == "differential":
        listed, update = local_list.applied(held.entries, listed), "full"
    changes, update = _message(listed, known, update, everything=wanted is None)
    sending = _Sending(services, ref, by, await charger.live(ref))
    done = await sending.all(changes, update, version)
    if done.status == _MISMATCH:
        whole = listed if update == "full" or wanted is None else local_list.applied(before.entries, listed)
        done = await sending.all(whole, "full", version)
    return done


def _message(
    listed: list[Entry], known: list[Entry] | None, update: local_list.Update, *, everything: bool
) -> tuple[list[Entry], local_list.Update]:
    """What to send; a difference to a list that we do not know is the whole list."""
    if update == "full" or not everything:
        return listed, update
    return (listed, "full") if known is None else (local_list.difference(listed, known), update)


@dataclass(slots=True)
class _Sending:
    services: Services
    ref: runtime.Ref[charger.Charger]
    by: str
    live: charger.Live

    async def all(self, entries: list[Entry], update: local_list.Update, version: int) -> Executed:
        """Send it in parts until the charger refuses one; the answer to the last. Raises ListTooLong."""
        most = self._limit(_ENTRIES)
        if update == "full" and most is not None and len(entries) > most:
            raise ListTooLong(f"this charger's list holds {most} tokens, and these are {len(entries)}: name fewer")
        parts = local_list.batches(entries, update, self._limit(_SIZE))
        for index, (kind, part) in enumerate(parts, start=1):
            version = local_list.next_version(version)
            command = commands.SendLocalList(version=version, update=kind, entries=part)
            done = await charger.execute(self.services, self.ref, command, by=self.by)
            if done.refused or done.error is not None or index == len(parts):
                sent = {"version": version, "entries": len(entries), "messages": index}
                return replace(done, response={**(done.response or {}), **sent})
        raise AssertionError("there is always a part")

    def _limit(self, names: Sequence[str]) -> int | None:
        values = (self.live.state.configuration.get(name, (None, True))[0] for name in names)
        return next((int(value) for value in values if value and value.strip().isdecimal() and int(value)), None)


async def _entries(services: Services, wanted: Sequence[Wanted] | None) -> list[Entry]:
    now = services.now()
    if wanted is None:
        every = await services.readers.read(local_lists.registered)
        return [local_list.entry(each.id_token, each.record, now) for each in every]
    return [await _entry(services, each) for each in wanted]


async def _entry(services: Services, each: Wanted) -> Entry:
    if each.entry is not None:
        return each.entry
    if not each.known:
        return Entry(id_token=each.id_token, status=None)
    record = await services.look_ups.read(lookups.token, each.id_token.value)
    unknown = authorization.TokenRecord(ref="", type=each.id_token.type, registered=False)
    return local_list.entry(each.id_token, record or unknown, services.now())


def _version(answer: dict[str, Any]) -> int:
    return int(answer.get("listVersion", answer.get("versionNumber", 0)))
