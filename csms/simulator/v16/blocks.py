"""The functional blocks of a 1.6 charger beside Core, composed: add a block's table here. Used by `commands`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from csms.protocol import schemas
from csms.simulator.dialect import CallRefused
from csms.simulator.messages import Payload
from csms.simulator.v16 import certificates, diagnostics, firmware, handlers, local_list, reservation, smart_charging

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_VALIDATORS = schemas.Schemas("v16")

COMMANDS: Mapping[str, handlers.Handler] = {
    **certificates.COMMANDS,
    **diagnostics.COMMANDS,
    **firmware.COMMANDS,
    **local_list.COMMANDS,
    **reservation.COMMANDS,
    **smart_charging.COMMANDS,
}
"""Action -> handler."""


def answer(charger: Charger, action: str, payload: Payload) -> Payload:
    """Obey a call that has a handler here. Raises CallRefused for a payload that breaks the schema."""
    faults = _VALIDATORS.request_faults(action, payload)
    if faults:
        raise CallRefused(schemas.CODES_16[faults[0].kind], faults[0].describe())
    return COMMANDS[action](charger, payload)
