"""OCPP 2.1: frames, schemas and codes, and the tables of 2.0.1 with what 2.1 has besides, or otherwise."""

from csms.domain import first_settings
from csms.protocol import frames, schemas, v2x, versions
from csms.protocol.v2x import (
    authorization,
    certificates,
    device_model,
    diagnostics,
    local_list,
    passwords,
    remote_control,
    reservation,
    security,
    smart_charging,
    tables,
    transactions,
    verdicts,
)
from csms.protocol.v21 import battery_swap, certificate_chains, der, event_streams, payments, schedules, tariffs

_FROM_SERVER = v2x.actions(
    "AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl"
    " GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap"
    " SetDERControl SetDefaultTariff UpdateDynamicSchedule UsePriorityCharging"
)
"""What only here a server may call."""

VERSION = versions.Version(
    name="2.1",
    subprotocol="ocpp2.1",
    dialect=frames.Dialect(malformed="RpcFrameworkError", answer_anonymous=True, unknown_type=None, send=True),
    validators=schemas.Schemas("v21"),
    codes=schemas.CODES_2X,
    places=True,
    lasting_ids=True,
    reads=first_settings.READS_2X,
    missing=first_settings.missing_2x,
    writes=device_model.writes,
    verdict=verdicts.verdict,
    password=passwords.password,
    password_waits=passwords.waits,
    profile=security.profile,
    objection=passwords.objection,
    incoming={
        **tables.INCOMING,
        **authorization.INCOMING_21,
        **transactions.INCOMING_21,
        **smart_charging.INCOMING_21,
        **schedules.INCOMING,
        **certificate_chains.INCOMING,
        **battery_swap.INCOMING,
        **der.INCOMING,
        **event_streams.INCOMING,
        **payments.INCOMING,
    },
    sends=event_streams.SENDS,
    outgoing={
        **tables.OUTGOING,
        **certificates.OUTGOING_21,
        **diagnostics.OUTGOING_21,
        **local_list.OUTGOING_21,
        **remote_control.OUTGOING_21,
        **reservation.OUTGOING_21,
        **smart_charging.OUTGOING_21,
    },
    calls={
        **tables.CALLS,
        **dict.fromkeys(_FROM_SERVER, versions.nothing),
        **battery_swap.CALLS,
        **smart_charging.CALLS_21,
        **schedules.CALLS,
        **der.CALLS,
        **event_streams.CALLS,
        **payments.CALLS,
        **tariffs.CALLS,
    },
)
