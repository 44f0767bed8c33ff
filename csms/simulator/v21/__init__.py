"""OCPP 2.1 as a charger speaks it: the shared blocks of `v2x` and those that only 2.1 has, one module each here."""

from collections.abc import Mapping

from csms.protocol import schemas
from csms.simulator.v2x import blocks, commands, dialect
from csms.simulator.v21 import battery_swap, cost, der, event_streams, payments, schedules, tariffs

_VALIDATORS = schemas.Schemas("v21")

COMMANDS: Mapping[str, commands.Handler] = {
    **blocks.COMMANDS,
    **battery_swap.COMMANDS,
    **der.COMMANDS,
    **event_streams.COMMANDS,
    **payments.COMMANDS,
    **schedules.COMMANDS,
    **tariffs.COMMANDS,
}
"""Action -> handler."""


def charger() -> dialect.Dialect2x:
    """The dialect of one charger."""
    return dialect.Dialect2x(
        "2.1",
        table=COMMANDS,
        inventory=(*blocks.VARIABLES,),
        validators=_VALIDATORS,
        status_events=True,
        more=cost.details,
    )
