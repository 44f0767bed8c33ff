"""OCPP 2.1 as a charger speaks it: the shared blocks of `v2x` and those that only 2.1 has, one module each here."""

from csms.protocol import schemas
from csms.simulator.v2x import blocks, dialect

_VALIDATORS = schemas.Schemas("v21")


def charger() -> dialect.Dialect2x:
    """The dialect of one charger."""
    return dialect.Dialect2x(
        "2.1", table={**blocks.COMMANDS}, inventory=(*blocks.VARIABLES,), validators=_VALIDATORS, status_events=True
    )
