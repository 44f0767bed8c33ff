"""What the log says, as lines that a person reads: the story of a session, and that of a charger. Used by replay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from csms.domain import events, metering, money, price_events
from csms.domain.session import Session
from csms.storage.records import Stored


class Step(NamedTuple):
    """One event of a session and the state after it."""

    stored: Stored
    state: Session


def of_session(steps: list[Step], id_token: str | None) -> Iterator[str]:
    """A session from its first event to its last."""
    yield from _heading(steps[-1].state, id_token)
    for stored, state in steps:
        yield f"  {time(stored.at)}  {stored.seq:>7}  {_session_event(stored.event, state)}"
    yield from _sum(steps[-1].state)


def brief(state: Session, id_token: str | None) -> str:
    """A session in one line."""
    begin = time(state.started_at or state.requested_at or state.changed_at)
    flags = f"  {', '.join(state.flags)}" if state.flags else ""
    where = f"{state.charger_id}/{state.connector_id or '-'}"
    return f"{begin}  {state.id}  {where:<16} {state.status:<10} {_kwh(state.energy_wh):>14}  {id_token or '-'}{flags}"


def of_charger_event(stored: Stored) -> str:
    """One event of a charger in one line."""
    return f"  {time(stored.at)}  {stored.seq:>7}  {_charger_event(stored.event)}"


def time(at: datetime) -> str:
    """To the second, UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def _heading(state: Session, id_token: str | None) -> Iterator[str]:
    yield f"Session {state.id}: {state.status}"
    place = f"charger {state.charger_id}, connector {state.connector_id or 'not known'}"
    station = f", station {state.station_id}" if state.station_id else ""
    yield f"  {place}{station}, token {id_token or 'not known'}, transaction {state.transaction_id or 'none'}"


def _sum(state: Session) -> Iterator[str]:
    duration = ""
    if state.started_at and state.stopped_at:
        duration = f" in {timedelta(seconds=round((state.stopped_at - state.started_at).total_seconds()))}"
    flags = f", flags: {', '.join(state.flags)}" if state.flags else ""
    yield f"  {_kwh(state.energy_wh)}{duration}, {state.samples} samples{flags}"


def _session_event(event: events.AnyEvent, state: Session) -> str:
    match event:
        case events.SessionRequested():
            return "requested     a remote start was ordered"
        case events.SessionStarted():
            meter = "unknown" if event.meter_start_wh is None else f"{event.meter_start_wh} Wh"
            token = event.authorization or "no token yet"
            return f"started       meter {meter}, transaction {event.transaction_id}, {token}"
        case events.MeterSampled():
            odd = f"  ({', '.join(event.suspect)})" if event.suspect else ""
            return f"sample        {_kwh(state.energy_wh)}{_power(event)}{odd}"
        case events.TransactionUpdated():
            said = (event.trigger, event.charging_state, event.authorization, event.authorization_reason)
            return f"updated       {', '.join(filter(None, said))}"
        case events.QueueTold():
            return f"asked         {'more is to come' if event.in_queue else 'no more is to come'}"
        case events.ConnectorStatusNoted():
            return f"connector     {event.status}"
        case events.SessionStopped():
            meter = "unknown" if event.meter_stop_wh is None else f"{event.meter_stop_wh} Wh"
            return f"stopped       meter {meter}, {_kwh(event.energy_wh)}, reason {event.reason}"
        case events.SessionCompleted():
            return f"completed     {event.cause}"
        case events.SessionFailed():
            return f"failed        {event.reason}"
        case events.SessionFlagged():
            return f"flagged       {event.flag}: {event.detail}"
        case events.TariffApplied():
            return (
                f"tariff        {event.tariff_id}, version {event.version}, of the {event.by}, {event.tariff.currency}"
            )
        case events.SessionPriced():
            again = f", bill {event.revision}" if event.revision > 1 else ""
            return f"priced        {money.text(event.total_incl, event.currency)} {event.currency}{again}"
        case price_events.TariffAwaited():
            return f"tariff        nobody knows yet which: {event.reason}"
        case price_events.ReservationUsed():
            return f"reserved      since {event.reserved_at:%Y-%m-%d %H:%M:%S}, reservation {event.reservation_id}"
        case price_events.ReservationLapsed():
            end = "nobody came" if event.expired else "cancelled"
            return f"reservation   {event.reservation_id}, {end}"
        case price_events.PriceSettled():
            return "settled       no tariff applies, or the last bill stands"
        case events.CapSet():
            return f"cap           {'none' if event.amount is None else event.amount}"
        case _:
            return type(event).__name__


def _charger_event(event: events.AnyEvent) -> str:
    match event:
        case events.Connected():
            return f"connected     {event.protocol}"
        case events.Disconnected():
            return f"disconnected  {event.reason}"
        case events.Booted():
            return f"booted        {event.vendor} {event.model}, {event.registration}"
        case events.StatusChanged():
            error = "" if event.error_code == "NoError" else f", {event.error_code}"
            return f"status        connector {event.connector_id}: {event.status}{error}"
        case events.AuthorizationDecided():
            return f"authorize     {event.status}{f': {event.reason}' if event.reason else ''}"
        case events.CommandRequested():
            return f"command       {event.command} by {event.by}"
        case events.CommandEnded():
            return f"outcome       {event.status}{f': {event.detail}' if event.detail else ''}"
        case events.ConfigurationChanged():
            return f"configured    {event.key} = {event.value}"
        case _:
            return type(event).__name__


def _power(event: events.MeterSampled) -> str:
    measured = [metering.measure(reading) for reading in event.readings]
    power = next((each.power_w for each in reversed(measured) if each.power_w is not None), None)
    soc = next((each.soc_percent for each in reversed(measured) if each.soc_percent is not None), None)
    shown = "" if power is None else f"  {power / 1000:.1f} kW"
    return shown if soc is None else f"{shown}  {soc:.0f} %"


def _kwh(energy_wh: Decimal) -> str:
    return f"{energy_wh / 1000:.3f} kWh"
