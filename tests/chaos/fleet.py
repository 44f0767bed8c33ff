"""Chargers at which somebody always charges, in a process: `python -m tests.chaos.fleet URL CHARGERS SEED PROTOCOL`.

stdout is their ledger: each acknowledgement is a JSON line, written before the charger goes on. Orders come on stdin:

    offline    a line {"record": "offline"} when no charger has a connection any more
    leave      (or its end) the drivers leave, and when all is delivered the last line says what is not acknowledged
"""

import json
import random
import sys
from pathlib import Path

import trio

from csms import simulator
from csms.simulator.charger import Charger
from csms.simulator.drivers import Script, Wait

PREFIX = "CHAOS"
POWER_W = 1_000_000.0
"""So much that the register of every sample differs from the one before."""
BUSY = 2
"""One charger in so many samples as fast as it is answered, so that a kill finds something on its way."""


def token_of(charger_id: str) -> str:
    """The card that is used at this charger and nowhere else."""
    return f"TAG-{charger_id}"


def configs(url: str, count: int, seed: int, protocol: str = "1.6") -> list[simulator.ChargerConfig]:
    """Impatient chargers with a sample a second."""
    return [
        simulator.ChargerConfig(
            id=charger_id,
            url=url,
            protocol=protocol,
            profile="manual",
            tokens=(token_of(charger_id),),
            max_power_w=POWER_W,
            sample_interval=1,
            seed=seed,
            backoff_min=0.05,
            backoff_max=0.5,
        )
        for charger_id in simulator.numbered(PREFIX, count)
    ]


def busy(charger: Charger, number: int, rng: random.Random) -> Script:
    """One car after the other; some drivers show their card to leave, others just pull the cable out."""
    connector = charger.connectors[number]
    (token,) = charger.config.tokens
    yield Wait(30.0, until=lambda: charger.exchange.online)
    while True:
        charger.plug_in(number, simulator.Car(battery_wh=1e9, max_power_w=POWER_W))
        charger.present(token, number)
        yield Wait(30.0, until=lambda: connector.session is not None)
        yield Wait(rng.uniform(1.0, 8.0))
        if rng.random() < 0.5:
            charger.present(token, number)
            yield Wait(rng.uniform(0.0, 1.0))
        charger.unplug(number)
        yield Wait(rng.uniform(0.0, 0.5))


async def run(url: str, count: int, seed: int, protocol: str) -> list[str]:
    """Charge until told to leave; the sessions that were not acknowledged to the last record."""
    with simulator.Ledger(Path("/dev/stdout")) as ledger:
        fleet = simulator.Fleet(configs(url, count, seed, protocol), ledger=ledger)
        async with trio.open_nursery() as nursery:
            await nursery.start(fleet.run)
            for index, link in enumerate(fleet.links.values()):
                link.charger.drive(busy(link.charger, 1, random.Random(f"{seed}/{index}")))
                link.charger.saturate = index % BUSY == 0
            while await trio.to_thread.run_sync(sys.stdin.readline) == "offline\n":
                for link in fleet.links.values():
                    await gone(link)
                say("offline")
            fleet.shut_down()
        return [entry.session for entry in ledger.unacknowledged()]


async def gone(link: simulator.Link) -> None:
    """Wait until the charger has no connection."""
    await link.wait_until(lambda _: not link.connected)


def say(record: str, **more: object) -> None:
    """A line that is no acknowledgement."""
    sys.stdout.write(json.dumps({"record": record, **more}) + "\n")
    sys.stdout.flush()


def main(url: str, count: str, seed: str, protocol: str) -> None:
    """The whole life of the process."""
    say("end", unacknowledged=trio.run(run, url, int(count), int(seed), protocol))


if __name__ == "__main__":
    main(*sys.argv[1:])
