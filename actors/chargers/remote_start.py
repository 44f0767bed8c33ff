"""Remote start: what is made ready before a charger is told to start a session. Used by the charger actor.

A token that may not charge is refused here; any other gets a session that waits for the charger's transaction, and a
number by which a 2.x charger names the order when it follows it (rule 51).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import msgspec

from actors.chargers.orders import CannotOrder, NotExpressible, new_command_id
from actors.chargers.record import Record
from actors.chargers.reports import Reports
from actors.chargers.transactions import Transactions
from actors.recording import journal
from actors.services import Services
from csms.domain import authorization, charging_profile, commands, events, facts, first_settings
from csms.storage.reference import counters


class Wanted(TypedDict):
    """What somebody says of a session to start."""

    id_token: facts.IdToken
    connector_id: NotRequired[int | None]
    evse_id: NotRequired[int | None]
    profile: NotRequired[charging_profile.Profile | None]


@dataclass(frozen=True, slots=True)
class Begun:
    """A remote start on its way."""

    session_id: str
    command_id: str


class TokenRefused(CannotOrder):
    """The token may not start a session; `status` is the OCPP authorization status."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status


async def prepare(
    services: Services,
    record: Record,
    reports: Reports,
    transactions: Transactions,
    order: commands.RemoteStart,
    continues: str | None = None,
) -> tuple[Begun, commands.RemoteStart]:
    """A session for this order, and the order with its number; `continues`: the session that it goes on with (rule 52).

    Where a car was plugged in first and its transaction waits for a token, it is that transaction's session. Raises
    TokenRefused, NotExpressible.
    """
    profile = await _numbered(services, record, order.profile)
    token = await reports.token(order.id_token)
    master = first_settings.master_pass(record.state.configuration)
    limited = await transactions.limited(token, reports.station_id)
    verdict = authorization.decide(token, services.now(), master=master, limited=limited)
    if not verdict.accepted:
        decided = events.AuthorizationDecided(token=token.ref, status=verdict.status, reason=verdict.reason)
        await record.append([decided], fenced=False)
        raise TokenRefused(verdict.status, verdict.reason)
    waiting = reports.transaction_events.unauthorized(order.connector_id, order.evse_id)
    begun = Begun(waiting or "s" + secrets.token_hex(10), new_command_id())
    number = await journal.write(services.journal, counters.next_number)
    requested = events.SessionRequested(
        charger_id=record.charger_id,
        token=token.ref,
        token_type=token.type,
        driver_id=token.driver_id,
        station_id=reports.station_id,
        command_id=begun.command_id,
        connector_id=order.connector_id,
        evse_id=order.evse_id,
        remote_start_id=number,
        continues=continues,
    )
    await transactions.request(begun.session_id, requested)
    return begun, commands.RemoteStart(
        id_token=facts.IdToken(order.id_token.value, token.type),
        connector_id=order.connector_id,
        evse_id=order.evse_id,
        remote_start_id=number,
        group_id=token.group_id,
        profile=profile,
    )


async def _numbered(
    services: Services, record: Record, profile: charging_profile.Profile | None
) -> charging_profile.Profile | None:
    """The profile with an id of ours. Raises NotExpressible."""
    if profile is None:
        return None
    wrong = charging_profile.start_objection(profile, charging_profile.limits(record.state.configuration))
    if wrong is not None:
        raise NotExpressible(f"The charging profile cannot be sent: {wrong}.")
    number = profile.id or await journal.write(services.journal, counters.next_number)
    return msgspec.structs.replace(profile, id=number)
