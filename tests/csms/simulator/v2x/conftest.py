"""Everything that both versions of 2.x share is tested in both."""

from collections.abc import Callable
from typing import Any

import pytest

from csms.simulator import car
from tests.csms.simulator.world import World

Worlds = Callable[..., World]


@pytest.fixture(params=["2.0.1", "2.1"])
def world_of(request: pytest.FixtureRequest) -> Worlds:
    """Makes a world of this version; `charging=True` with a session that runs for 30 seconds."""

    def make(*, charging: bool = False, **settings: Any) -> World:
        world = World(protocol=request.param, **settings)
        if charging:
            world.charger.plug_in(1, car.Car(battery_wh=1e6, soc=0.1))
            world.charger.present("TAG")
            world.run(30)
        return world

    return make
