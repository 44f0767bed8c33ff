"""OCPP 2.1: frames, schemas and codes, and the tables of its functional blocks, composed.

What it shares with 2.0.1 is in csms.protocol.v2x; every block adds its rows here by one line a table.
"""

from csms.domain import first_settings
from csms.protocol import frames, schemas, v2x, versions
from csms.protocol.v2x import (
    authorization,
    availability,
    certificates,
    cost,
    customer,
    data_transfer,
    device_model,
    diagnostics,
    display,
    firmware,
    local_list,
    metering,
    monitoring,
    network,
    passwords,
    provisioning,
    remote_control,
    reservation,
    security,
    smart_charging,
    transactions,
    verdicts,
)
from csms.protocol.v21 import battery_swap, certificate_chains, der, event_streams, payments, schedules, tariffs

FROM_SERVER = v2x.FROM_SERVER | v2x.actions(
    "AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl"
    " GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap"
    " SetDERControl SetDefaultTariff UpdateDynamicSchedule UsePriorityCharging"
)
"""What a server may call."""

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
        **metering.INCOMING,
        **transactions.INCOMING,
        **authorization.INCOMING,
        **availability.INCOMING,
        **certificates.INCOMING,
        **data_transfer.INCOMING,
        **customer.INCOMING,
        **device_model.INCOMING,
        **diagnostics.INCOMING,
        **display.INCOMING,
        **firmware.INCOMING,
        **monitoring.INCOMING,
        **provisioning.INCOMING,
        **reservation.INCOMING,
        **smart_charging.INCOMING_21,
        **schedules.INCOMING,
        **security.INCOMING,
        **certificate_chains.INCOMING,
        **battery_swap.INCOMING,
        **der.INCOMING,
        **event_streams.INCOMING,
        **payments.INCOMING,
    },
    sends=event_streams.SENDS,
    outgoing={
        **authorization.OUTGOING,
        **availability.OUTGOING,
        **certificates.OUTGOING_21,
        **data_transfer.OUTGOING,
        **device_model.OUTGOING,
        **diagnostics.OUTGOING_21,
        **firmware.OUTGOING,
        **local_list.OUTGOING_21,
        **remote_control.OUTGOING_21,
        **reservation.OUTGOING,
        **smart_charging.OUTGOING_21,
    },
    calls={
        **dict.fromkeys(FROM_SERVER, versions.nothing),
        **battery_swap.CALLS,
        **certificates.CALLS,
        **cost.CALLS,
        **customer.CALLS,
        **device_model.CALLS,
        **diagnostics.CALLS,
        **display.CALLS,
        **firmware.CALLS,
        **local_list.CALLS,
        **monitoring.CALLS,
        **network.CALLS,
        **reservation.CALLS,
        **transactions.CALLS,
        **smart_charging.CALLS_21,
        **schedules.CALLS,
        **der.CALLS,
        **event_streams.CALLS,
        **payments.CALLS,
        **tariffs.CALLS,
    },
)
