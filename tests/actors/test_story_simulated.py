"""The story, to the paisa: a simulated car takes 22 kWh at 18 INR and pays 3 INR a minute until its cable is out."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import trio

from csms.domain import events, session
from csms.domain.session import Session as State
from csms.simulator import car, clock, ledger, link
from csms.simulator import config as simulator
from csms.storage import queries
from tests.actors.node import Watched
from tests.actors.test_session_prices import priced

TAKES_WH = 22_000


class Manual(clock.Clock):
    """Time that passes only when told; what is due by then is done at once."""

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self._start += seconds

    def now(self) -> float:
        """The simulated time in Unix seconds."""
        return self._start

    def deadline(self, at: float) -> float:
        """Now, or never."""
        return trio.current_time() if at <= self._start else float("inf")


class Driver:
    """Somebody with a car and a card at a simulated charger, and its clock, which the node goes by, too."""

    def __init__(self, node: Watched, time: Manual, sim: link.Link) -> None:
        self._time = time
        self._sim = sim
        node.services.now = self.now

    def now(self) -> datetime:
        """The time of both."""
        return datetime.fromtimestamp(round(self._time.now(), 3), UTC)

    async def waits(self, until: Callable[[], bool] | None = None, *, seconds: float = 1e9) -> None:
        """Let time pass until something is so, or for so long; the charger does what is due in between."""
        end = self._time.now() + seconds
        while self._time.now() < end and (until is None or not until()):
            due = min(end, self._sim.charger.due, self._time.now() + 60)
            self._time.forward(max(due - self._time.now(), 0.001))
            self._sim.do(lambda charger: charger.advance())
            await self.heard()

    async def heard(self) -> None:
        """All that the charger has to say is answered."""
        await self._sim.wait_until(lambda charger: charger.settled)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_22_kwh_and_ten_minutes_cost_426_rupees(node: Watched, nursery: trio.Nursery, version: str) -> None:
    await priced(node)
    time = Manual()
    own = simulator.ChargerConfig(
        id="CP-01",
        url=node.url,
        protocol=version,
        profile="manual",
        connectors=2,
        meter_start_wh=1000,
        response_timeout=3600,
    )
    sim: link.Link = await nursery.start(partial(link.run_charger, ledger=ledger.Ledger(), clock=time), own)
    driver = Driver(node, time, sim)
    with trio.fail_after(60):
        await sim.wait_until(lambda charger: charger.exchange.registered)
        hungry = car.Car(battery_wh=100_000, soc=0, max_power_w=22_000, target_soc=(TAKES_WH + 0.01) / 100_000)
        sim.plug_in(1, hungry)
        sim.present("CARD", 1)
        await node.recorded(events.SessionStarted)
        await driver.waits(lambda: hungry.full)
        await driver.waits(seconds=290)
        running = await shown(node, driver)
        assert (running["status"], running["cost"]) == ("active", {"amount": "411.00", "currency": "INR"})
        sim.present("CARD", 1)
        await node.recorded(events.SessionStopped)
        await driver.heard()
        await driver.waits(seconds=280)
        assert (await shown(node, driver))["status"] == "finishing"
        sim.unplug(1)
        await node.recorded(events.SessionPriced)
    over = await shown(node, driver)
    assert (over["status"], over["energy_wh"], over["cost"]) == (
        "completed",
        TAKES_WH,
        {"amount": "426.00", "currency": "INR"},
    )
    assert 570 <= over["idle_s"] <= 600
    assert over == await replayed(node, driver)
    [bill] = node.have(events.SessionPriced)
    assert [(line.dimension, str(line.quantity), str(line.amount_incl)) for line in bill.lines] == [
        ("ENERGY", "22000", "396.00"),
        ("PARKING_TIME", "600", "30.00"),
    ]


async def shown(node: Watched, driver: Driver) -> dict[str, Any]:
    """The only session as people see it."""
    return await node.read(queries.sessions.view, await node.only(), driver.now())


async def replayed(node: Watched, driver: Driver) -> dict[str, Any]:
    """The same from the log alone."""
    stored = await node.log_of("session:")
    state: State | None = None
    for each in stored:
        state = session.evolve(state, each.stream.removeprefix("session:"), each.event, each.at)
    assert state is not None
    told = [(each.event, each.at) for each in stored]
    return await node.read(queries.sessions.view, state, driver.now(), told)
