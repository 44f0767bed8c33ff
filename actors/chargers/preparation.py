"""Preparation: what an order needs that its sender does not know: numbers of ours, times, transactions, groups.

Used by the charger actor for orders of people and programs. Says also what is wrong with a charging profile.
"""

from __future__ import annotations

import msgspec

from actors.chargers.orders import CannotOrder, NotExpressible
from actors.chargers.reports import Reports
from actors.chargers.transactions import Transactions
from actors.recording import journal
from actors.services import Services
from csms import addresses
from csms.domain import charger, charging_profile, commands, facts
from csms.domain.session import ACTIVE
from csms.domain.session import Session as State
from csms.storage.reference import counters


class UrlRefused(CannotOrder):
    """Chargers may not be sent there."""


async def prepared(
    services: Services,
    reports: Reports,
    transactions: Transactions,
    state: charger.Charger,
    command: commands.AnyCommand,
) -> commands.AnyCommand:
    """The command as it can be sent. Raises NotExpressible, UrlRefused."""
    _allowed(services, command)
    match command:
        case commands.UpdateFirmware():
            at = command.retrieve_at or services.now()
            number = await _number(services, command.request_id)
            return msgspec.structs.replace(command, retrieve_at=at, request_id=number)
        case commands.GetDiagnostics() | commands.GetConfiguration(keys=()):
            return msgspec.structs.replace(command, request_id=await _number(services, command.request_id))
        case commands.Reserve():
            return await _reserve(services, reports, command)
        case commands.SetChargingProfile():
            command = _of_transaction(reports, transactions, command)
            whole = not (command.connector_id or command.evse_id)
            limits = charging_profile.limits(state.configuration)
            wrong = charging_profile.objection(command.profile, whole=whole, limits=limits)
            if wrong is not None:
                raise NotExpressible(f"The charging profile cannot be sent: {wrong}.")
            profile = msgspec.structs.replace(command.profile, id=await _number(services, command.profile.id))
            return msgspec.structs.replace(command, profile=profile)
        case _:
            return command


def _allowed(services: Services, command: commands.AnyCommand) -> None:
    match command:
        case commands.UpdateFirmware(url=url) | commands.GetDiagnostics(upload_url=str() as url):
            wrong = addresses.refusal(url, services.public_url, services.settings.file_hosts)
            if wrong is not None:
                raise UrlRefused(f"The charger is not sent to that URL: {wrong}.")


async def _number(services: Services, given: int | None) -> int:
    return given if given is not None else await journal.write(services.journal, counters.next_number)


async def _reserve(services: Services, reports: Reports, command: commands.Reserve) -> commands.Reserve:
    """A parent token may use it (rule 39)."""
    if command.expires_at <= services.now():
        raise NotExpressible("The reservation would be over already: name a later expires_at.")
    token = await reports.token(command.id_token)
    return msgspec.structs.replace(
        command,
        id_token=facts.IdToken(command.id_token.value, token.type),
        group_id=command.group_id or token.group_id,
        reservation_id=await _number(services, command.reservation_id),
    )


def _of_transaction(
    reports: Reports, transactions: Transactions, command: commands.SetChargingProfile
) -> commands.SetChargingProfile:
    """A tx profile needs an open transaction (rule 58): the one that it names, or the one that runs there."""
    profile = command.profile
    if profile.purpose != "tx" or not (command.connector_id or command.evse_id):
        return command
    running = _running(reports, transactions, command)
    if running is None or not running.transaction_id:
        named = "" if profile.transaction_id is None else f" {profile.transaction_id}"
        raise NotExpressible(
            f"A tx profile needs an open transaction, and{named or ' none'} {'does not run' if named else 'runs'} on"
            " this connector: send a tx_default profile, or wait until it has begun."
        )
    profile = msgspec.structs.replace(profile, transaction_id=running.transaction_id)
    return msgspec.structs.replace(command, profile=profile)


def _running(reports: Reports, transactions: Transactions, command: commands.SetChargingProfile) -> State | None:
    place = reports.topology.place(command.evse_id, command.connector_id)
    if place is None:
        return None
    evse_id, own = place
    number = reports.topology.connector(evse_id, own)
    here = {number} if own else set(reports.topology.connectors(evse_id))
    wanted = (command.profile.transaction_id,)
    for state in transactions.open.values():
        if state.status == ACTIVE and state.connector_id in here and wanted in ((None,), (state.transaction_id,)):
            return state
    return None
