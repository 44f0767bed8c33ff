"""What people do at the chargers of a network in the course of a day: when they come, how long they stay, how they go.

Scripts for simulated chargers, used by network.py. Hours are those of the clock on the wall, UTC.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from csms import simulator
from csms.simulator.charger import Charger
from csms.simulator.drivers import Script, Wait

HOUR_S = 3600.0
WALK_S = 3.0
DECISION_S = 60.0
DAY = 24


class Site(NamedTuple):
    """A kind of place. `arrivals` at each free connector by the hour of the day; `stay` in hours, at least and most."""

    connectors: int
    power_w: float
    stay: tuple[float, float]
    arrivals: tuple[float, ...]


def _by_hour(*stretches: tuple[int, int, float]) -> tuple[float, ...]:
    """Arrivals an hour, from stretches of hours (first, after the last, arrivals); none in the others."""
    return tuple(next((rate for begin, end, rate in stretches if begin <= hour < end), 0.0) for hour in range(DAY))


HOMES = Site(1, 11_000.0, (5.0, 11.0), _by_hour((0, 1, 3.0), (16, 22, 0.5), (22, 24, 0.2)))
"""At midnight most cars are there already."""
WORK = Site(2, 22_000.0, (4.0, 9.0), _by_hour((6, 9, 0.7), (9, 15, 0.2)))
MALL = Site(2, 22_000.0, (0.33, 2.5), _by_hour((9, 12, 0.8), (12, 19, 1.2), (19, 22, 0.5)))
FAST = Site(1, 150_000.0, (0.33, 0.75), _by_hour((0, 6, 0.2), (6, 9, 1.2), (9, 16, 0.7), (16, 20, 1.5), (20, 24, 0.4)))
SITES = (HOMES, WORK, MALL, HOMES, WORK, FAST, HOMES, WORK, MALL, HOMES)
"""In turn, charger by charger."""

_CARS = ((28_000.0, 6_600.0), (45_000.0, 7_400.0), (77_000.0, 11_000.0), (93_000.0, 22_000.0), (82_000.0, 150_000.0))
"""Battery in Wh, greatest power in W."""

REFUSED = ("BLOCKED", "EXPIRED", "STRANGER")
"""Cards that may not charge; nobody registered the last one."""


def site_of(index: int) -> Site:
    """Where the charger of this number stands."""
    return SITES[index % len(SITES)]


def token_of(charger_id: str, number: int) -> str:
    """The card that is used at this connector and nowhere else: a token may not charge in two places at once."""
    return f"TAG-{charger_id[-4:]}-{number}"


def life(charger: Charger, number: int, site: Site, rng: random.Random, hurry: float) -> Script:
    """One connector's day. With `hurry` so many times as many people come."""
    while True:
        yield from _between(charger, number, rng, _pause(charger.now(), site, rng, hurry), site)
        yield from _visit(charger, number, rng, site)


def _pause(now: float, site: Site, rng: random.Random, hurry: float) -> float:
    """Seconds until the next one comes, by the rates of the hours that pass."""
    patience, at = rng.expovariate(1.0), now
    for _ in range(2 * DAY):
        left = HOUR_S - at % HOUR_S
        rate = hurry * site.arrivals[int(at // HOUR_S) % DAY] / HOUR_S
        if rate * left >= patience:
            return at + patience / rate - now
        patience -= rate * left
        at += left
    return at - now


def _between(charger: Charger, number: int, rng: random.Random, seconds: float, site: Site) -> Script:
    """Until the next one comes: whoever was sent for from afar plugs in, charges and leaves."""
    connector = charger.connectors[number]
    end = charger.now() + seconds
    while charger.now() < end:
        yield Wait(end - charger.now(), until=lambda: connector.token is not None and not connector.plugged)
        if connector.token is not None and not connector.plugged:
            yield Wait(WALK_S)
            charger.plug_in(number, _car(rng))
            yield from _stay(charger, number, rng, site)


def _visit(charger: Charger, number: int, rng: random.Random, site: Site) -> Script:
    """Somebody comes with a card; one in twelve has the wrong one with him first."""
    connector = charger.connectors[number]
    if not connector.free:
        return
    charger.plug_in(number, _car(rng))
    yield Wait(WALK_S)
    if rng.random() < 1 / 12:
        charger.present(rng.choice(REFUSED), number)
        yield Wait(DECISION_S, until=lambda: connector.session is not None)
    if connector.session is None:
        charger.present(token_of(charger.config.id, number), number)
        yield Wait(DECISION_S, until=lambda: connector.session is not None)
    yield from _stay(charger, number, rng, site)


def _stay(charger: Charger, number: int, rng: random.Random, site: Site) -> Script:
    """As long as one stays here; then some show their card again, and others just pull out the cable."""
    connector = charger.connectors[number]
    session = connector.session
    if session is not None:
        yield Wait(rng.uniform(*site.stay) * HOUR_S, until=lambda: connector.session is not session)
    if session is not None and connector.session is session and rng.random() < 0.7:
        charger.present(session.id_token, number)
        yield Wait(rng.uniform(1, 300))
    charger.unplug(number)


def _car(rng: random.Random) -> simulator.Car:
    battery_wh, power_w = rng.choice(_CARS)
    return simulator.Car(battery_wh, rng.uniform(0.1, 0.7), power_w, target_soc=rng.choice((0.8, 0.9, 1.0)))
