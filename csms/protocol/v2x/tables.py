"""The rows of all functional blocks of OCPP 2.x, composed: 2.0.1 as it is, and what 2.1 builds on.

A new block adds its rows here by one line a table; what only 2.1 has, or has otherwise, is added by v21.
"""

from collections.abc import Mapping

from csms.domain import commands
from csms.protocol import v2x, versions
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
    provisioning,
    remote_control,
    reservation,
    security,
    smart_charging,
    transactions,
)

INCOMING: Mapping[str, versions.Incoming] = {
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
    **smart_charging.INCOMING,
    **security.INCOMING,
}

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    **authorization.OUTGOING,
    **availability.OUTGOING,
    **certificates.OUTGOING,
    **cost.OUTGOING,
    **data_transfer.OUTGOING,
    **device_model.OUTGOING,
    **diagnostics.OUTGOING,
    **firmware.OUTGOING,
    **local_list.OUTGOING,
    **remote_control.OUTGOING,
    **reservation.OUTGOING,
    **smart_charging.OUTGOING,
}

CALLS: Mapping[str, versions.Learn] = {
    **dict.fromkeys(v2x.FROM_SERVER, versions.nothing),
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
    **smart_charging.CALLS,
}
