"""OCPP 1.6 as a charger speaks it: `messages` out, `commands` in, `keys` for its configuration."""

from csms.simulator.v16.dialect import Dialect16

__all__ = ["Dialect16"]
