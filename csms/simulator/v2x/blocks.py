"""The functional blocks that 2.0.1 and 2.1 share, composed once: add a block's tables here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from csms.simulator.v2x import (
    authorization,
    availability,
    certificates,
    commands,
    data_transfer,
    diagnostics,
    display,
    firmware,
    local_list,
    monitoring,
    network,
    provisioning,
    remote_control,
    reservation,
    resets,
    smart_charging,
    transactions,
    variables,
)
from csms.simulator.v2x.device_model import Variable
from csms.simulator.v2x.station import Station

COMMANDS: Mapping[str, commands.Handler] = {
    **authorization.COMMANDS,
    **availability.COMMANDS,
    **certificates.COMMANDS,
    **data_transfer.COMMANDS,
    **diagnostics.COMMANDS,
    **display.COMMANDS,
    **firmware.COMMANDS,
    **local_list.COMMANDS,
    **monitoring.COMMANDS,
    **network.COMMANDS,
    **provisioning.COMMANDS,
    **remote_control.COMMANDS,
    **reservation.COMMANDS,
    **resets.COMMANDS,
    **smart_charging.COMMANDS,
    **transactions.COMMANDS,
}
"""Action -> handler."""

VARIABLES: tuple[Callable[[Station], Iterator[Variable]], ...] = (
    variables.base,
    certificates.inventory,
    display.inventory,
    local_list.inventory,
    network.inventory,
    reservation.inventory,
    smart_charging.inventory,
)
"""What fills the device model."""
