"""How the people at a simulated charger behave: one script per connector, chosen by name.

Started by `link` on a fresh charger. Every profile but `manual` also serves remote starts: a driver comes and plugs in
when somebody authorised the connector from afar. Times in simulated seconds.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from csms.simulator import car as cars
from csms.simulator import errors
from csms.simulator.charger import Charger
from csms.simulator.drivers import Script, Wait

_WALK_S = 3.0
"""From the socket to the card reader, or back to the car."""
_DECISION_S = 60.0
"""How long a driver waits for the charger to say yes."""
_PATIENCE_S = 12 * 3600.0

_CARS = (
    # battery Wh, greatest power W
    (28_000.0, 6_600.0),
    (45_000.0, 7_400.0),
    (60_000.0, 11_000.0),
    (77_000.0, 11_000.0),
    (93_000.0, 22_000.0),
)


def start(charger: Charger, profile: str) -> None:
    """Let the people of a profile act on every connector. Raises UnknownProfile."""
    check(profile)
    script = _PROFILES[profile]
    for number in charger.connectors:
        rng = random.Random(f"{charger.config.seed}/{charger.config.id}/{number}")  # noqa: S311 - not secret
        charger.drive(script(charger, number, rng))


def check(profile: str) -> None:
    """Raises UnknownProfile."""
    if profile not in _PROFILES:
        raise errors.UnknownProfile(profile, names())


def names() -> tuple[str, ...]:
    """The profiles there are."""
    return tuple(_PROFILES)


def default_drop_every(profile: str) -> float | None:
    """Mean real seconds between the links that this profile loses; None = never on purpose."""
    return 60.0 if profile == "flaky" else None


def _steady(charger: Charger, number: int, rng: random.Random) -> Script:
    """Now and then somebody comes, charges for a while and leaves."""
    while True:
        yield from _between(charger, number, rng.uniform(20, 600))
        yield from _visit(charger, number, rng, stay=rng.uniform(15 * 60, 90 * 60))


def _burst(charger: Charger, number: int, rng: random.Random) -> Script:
    """Everybody comes at the same moment, every five minutes, for two."""
    while True:
        yield from _between(charger, number, 300 - charger.now() % 300)
        yield from _visit(charger, number, rng, stay=120)


def _idle(charger: Charger, number: int, _rng: random.Random) -> Script:
    """Nobody comes unless sent for."""
    while True:
        yield from _between(charger, number, _PATIENCE_S)


def _meter_only(charger: Charger, number: int, rng: random.Random) -> Script:
    """One endless session that samples as fast as it is answered."""
    charger.saturate = True
    while True:
        yield Wait(1.0, until=lambda: charger.exchange.online)
        if charger.exchange.online and charger.connectors[number].free:
            charger.plug_in(number, cars.Car(battery_wh=1e12, soc=0.1))
            charger.present(rng.choice(charger.config.tokens), number)
            yield Wait(_PATIENCE_S, until=lambda: charger.connectors[number].ended)
            charger.unplug(number)


def _manual(_charger: Charger, _number: int, _rng: random.Random) -> Script:
    """Nothing happens by itself: a test or a demo steers the charger."""
    yield from ()


def _between(charger: Charger, number: int, seconds: float) -> Script:
    """Until the next visitor comes: whoever was authorised from afar plugs in, charges and leaves."""
    connector = charger.connectors[number]
    end = charger.now() + seconds
    while charger.now() < end:
        yield Wait(end - charger.now(), until=lambda: connector.token is not None and not connector.plugged)
        if connector.token is not None and not connector.plugged:
            yield Wait(_WALK_S)
            charger.plug_in(number, _some_car(charger.rng))
            yield from _stay(charger, number, _PATIENCE_S)


def _visit(charger: Charger, number: int, rng: random.Random, *, stay: float) -> Script:
    connector = charger.connectors[number]
    if not connector.free:
        return
    charger.plug_in(number, _some_car(rng))
    yield Wait(_WALK_S)
    charger.present(rng.choice(charger.config.tokens), number)
    yield Wait(_DECISION_S, until=lambda: connector.session is not None)
    yield from _stay(charger, number, stay)


def _stay(charger: Charger, number: int, seconds: float) -> Script:
    """Charge until the time is up, the car has enough, or the session ends otherwise; then stop it and drive off."""
    connector = charger.connectors[number]
    session = connector.session
    if session is not None:
        yield Wait(seconds, until=lambda: connector.session is not session or connector.status == "SuspendedEV")
    if session is not None and connector.session is session and connector.status == "SuspendedEV":
        yield Wait(charger.rng.uniform(30, 300), until=lambda: connector.session is not session)
    if session is not None and connector.session is session and charger.rng.random() < 0.8:
        charger.present(session.id_token, number)
    yield Wait(_WALK_S)
    charger.unplug(number)


def _some_car(rng: random.Random) -> cars.Car:
    battery_wh, max_power_w = rng.choice(_CARS)
    return cars.Car(battery_wh, rng.uniform(0.1, 0.7), max_power_w, target_soc=rng.choice((0.8, 0.9, 1.0)))


_PROFILES: dict[str, Callable[[Charger, int, random.Random], Script]] = {
    "steady": _steady,
    "flaky": _steady,
    "burst": _burst,
    "idle": _idle,
    "meter-only": _meter_only,
    "manual": _manual,
}
