"""Holdings: what reports say of the things that a charger holds: reservations, charging profiles, grid settings, costs.

One half's helper: reports.py asks it, and the charger actor for what time alone ends. Decisions are csms.domain's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from actors import session
from actors.chargers.record import Record
from actors.chargers.transactions import Transactions
from actors.services import Services
from csms.domain import (
    abilities,
    charging_profile,
    commands,
    cost_details,
    der_controls,
    events,
    facts,
    ids,
    inventory,
    leftovers,
    price_events,
    reservations,
)
from csms.domain.session import ACTIVE
from csms.domain.session import Session as State
from csms.storage import queries


class Holdings:
    """Those of one charger."""

    def __init__(self, services: Services, record: Record, transactions: Transactions) -> None:
        self._services = services
        self._record = record
        self._transactions = transactions

    async def reported(self, report: facts.StatusReport) -> None:
        """A connector that is out of order keeps no place (rule 39)."""
        await self._note(reservations.interrupted(self._record.state.reserved, report.evse_id, report.status))

    async def began(self, session_id: str, reservation_id: int | None) -> None:
        """A transaction began, perhaps on a reservation, which it uses up (rule 39), and which is part of its price."""
        held = self._record.state.reserved.get(str(reservation_id))
        if held is not None and held.reserved_at is not None and reservation_id is not None:
            used = price_events.ReservationUsed(reservation_id=reservation_id, reserved_at=held.reserved_at)
            await self._transactions.tell(session_id, session.Session.on_reservation, used, self._record.fence)
        await self._note(reservations.used(self._record.state.reserved, reservation_id))

    async def told(self, changes: tuple[inventory.Change, ...], digest: bytes) -> None:
        """What else a record with this digest says; the same one again says nothing new, an older one no costs."""
        if changes := tuple([each for change in changes if (each := await self._counting(change)) is not None]):
            event_id = ids.digest("told", digest)
            await self._record.append([events.InventoryChanged(changes=changes)], event_id=event_id)

    async def _counting(self, change: inventory.Change) -> inventory.Change | None:
        if change.kind != cost_details.KIND:
            return change
        [transaction_id] = change.merge
        read = self._services.look_ups.read
        known = await read(queries.inventory.get, self._record.charger_id, change.kind, transaction_id)
        return cost_details.newest(change, known)

    async def ended(self, transaction_id: str | None) -> None:
        """A transaction ended, and its charging profiles with it."""
        if transaction_id is not None:
            await self._note(charging_profile.transaction_ended(self._record.state.profiled, transaction_id))

    async def begun(self, state: State | None) -> None:
        """A session runs: if we ordered it with a charging profile, that is its transaction's (rule 58)."""
        if state is None or state.status != ACTIVE or not state.transaction_id or state.remote_start_id is None:
            return
        held = await self._profiles()
        places = {0, state.connector_id or 0, state.evse_id or 0}
        await self._note(charging_profile.bound(held, state.transaction_id, places, state.remote_start_id))

    async def left(self, transaction_id: str, evse_id: int | None) -> None:
        """A transaction of 2.x ended there: what else was about it, or its car, ends too."""
        active = (each for each in self._transactions.open.values() if each.status == ACTIVE)
        if any(each.evse_id == evse_id and each.transaction_id != transaction_id for each in active):
            evse_id = None
        things = leftovers.keys(transaction_id, evse_id)
        found = await self._services.look_ups.read(queries.inventory.there, self._record.charger_id, things)
        await self._note(leftovers.gone(found))

    async def lapse(self) -> datetime | None:
        """The time of some grid settings may be over; when that of the next one is."""
        read, charger_id = self._services.look_ups.read, self._record.charger_id
        held = await read(queries.inventory.every, charger_id, der_controls.KIND)
        over = der_controls.lapsed(held, self._services.now())
        await self._note(over, fenced=False)
        return der_controls.next_end({key: held[key] for key in held if not any(key in each.drop for each in over)})

    async def expire(self) -> None:
        """The time of some reservations may be over."""
        await self._note(reservations.expired(self._record.state.reserved, self._services.now()), fenced=False)

    @property
    def next_expiry(self) -> datetime | None:
        """When `expire` has something to do."""
        return reservations.next_end(self._record.state.reserved)

    async def wanted(self, needs: facts.ChargingNeeds) -> commands.SetChargingProfile | None:
        """The profile for a car that told what it needs: as much as it can take, so that only other limits count.

        None where no transaction runs on its EVSE, it did not say, people limited transactions there, or the charger
        cannot be sent such a profile.
        """
        here = (each for each in self._transactions.open.values() if each.evse_id == needs.evse_id)
        running = next((each for each in here if each.status == ACTIVE), None)
        if running is None or not running.transaction_id or needs.schedule is None:
            return None
        profile = charging_profile.Profile(
            id=charging_profile.automatic(needs.evse_id),
            purpose="tx",
            kind="relative",
            schedules=(needs.schedule,),
            transaction_id=running.transaction_id,
        )
        order = commands.SetChargingProfile(profile=profile, evse_id=needs.evse_id)
        known = self._record.state.configuration
        impossible = charging_profile.objection(profile, whole=False, limits=charging_profile.limits(known))
        if impossible or abilities.lacking(order, known):
            return None
        return None if charging_profile.outranked(await self._profiles(), needs.evse_id) else order

    async def outranked(self) -> list[commands.ClearChargingProfile]:
        """People limited transactions: what cars got for their needs there must go, for it would count instead."""
        held = await self._profiles()
        places = (body.get("evseId") for body in held.values())
        return [
            commands.ClearChargingProfile(profile_id=own)
            for evse_id in sorted({place for place in places if isinstance(place, int)})
            if str(own := charging_profile.automatic(evse_id)) in held and charging_profile.outranked(held, evse_id)
        ]

    async def _profiles(self) -> dict[str, inventory.Body]:
        return await self._services.look_ups.read(
            queries.inventory.every, self._record.charger_id, charging_profile.KIND
        )

    async def schedule(self, profile_id: int) -> facts.ScheduleAnswer:
        """The values that count now in a dynamic schedule that the charger holds."""
        charger_id, key = self._record.charger_id, str(profile_id)
        read = self._services.look_ups.read
        if await read(queries.inventory.get, charger_id, charging_profile.KIND, key) is None:
            return facts.ScheduleAnswer(None)
        return facts.ScheduleAnswer(await read(queries.inventory.get, charger_id, charging_profile.DYNAMIC, key))

    async def _note(self, changes: Iterable[inventory.Change], *, fenced: bool = True) -> None:
        told = tuple(changes)
        if told:
            await self._record.append([events.InventoryChanged(changes=told)], fenced=fenced)
