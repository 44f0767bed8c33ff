"""The tables of the functional blocks, taken together."""

import pytest

from csms.protocol import v2x, v21
from csms.simulator import v21 as simulated
from csms.simulator.v2x import blocks
from tests.csms.simulator.world import World


def test_whatever_a_server_may_call_is_obeyed() -> None:
    assert set(blocks.COMMANDS) == v2x.FROM_SERVER
    assert set(simulated.COMMANDS) == set(v21.VERSION.calls)


@pytest.mark.parametrize("action", sorted(v2x.FROM_CHARGER - v2x.FROM_SERVER))
def test_what_only_chargers_call_is_not_supported(action: str) -> None:
    assert World(protocol="2.0.1").order(action) in ("NotSupported", "OccurrenceConstraintViolation")
