"""The demo: City Mall Station, its four chargers, and drivers who come and go; a process of its own.

`api.demo` registers what is listed here and runs `python -m csms.simulator.demo` beside the server. The first line of
stdin says where to connect and which transactions an earlier run left open (a `Briefing`); when stdin ends, however the
server ended, the drivers leave and the process ends.

Nobody ever comes to the second connector of CP-01: it waits for a remote start, and then a driver plugs in.
"""

from __future__ import annotations

import os
import random
import sys
from functools import partial
from typing import Any

import msgspec
import trio

from csms.simulator import car as cars
from csms.simulator.charger import Charger
from csms.simulator.config import ChargerConfig
from csms.simulator.dialect import Occasion
from csms.simulator.drivers import Script, Wait
from csms.simulator.fleet import Fleet
from csms.simulator.ledger import Ledger
from csms.simulator.messages import Message
from csms.simulator.session import Session

GRACE_S = 3.0
"""How long the drivers may take to leave when the server stops."""

_SAMPLE_S = 5
_WALK_S = 3.0
_DECISION_S = 20.0
_PATIENCE_S = 12 * 3600.0
_LEAVING_S = 60.0

# -- What there is -----------------------------------------------------------------------------------------------------

STATION: dict[str, Any] = {
    "id": "city-mall",
    "name": "City Mall Station",
    "address": "12 Market Road",
    "city": "Pune",
    "postal_code": "411001",
    "country": "IND",
    "time_zone": "Asia/Kolkata",
    "coordinates": {"latitude": 18.5204, "longitude": 73.8567},
    "published": True,
}


TARIFF: dict[str, Any] = {
    "id": "city-mall",
    "name": "City Mall: 18 a kWh, 3 an idle minute",
    "currency": "INR",
    "tax_included": True,
    "elements": [
        {
            "price_components": [
                {"type": "ENERGY", "price": "18.00", "vat": "18"},
                {"type": "PARKING_TIME", "price": "180.00", "vat": "18", "step_size": 60},
            ]
        }
    ],
}


class Model(msgspec.Struct, frozen=True):
    """A kind of charger with two connectors alike; `power_w` of each."""

    vendor: str
    name: str
    standard: str
    format: str
    power_type: str
    power_w: int
    voltage: int


_WALLBOX = Model("Volta Works", "AC-22 Duo", "IEC_62196_T2", "SOCKET", "AC_3_PHASE", 22_000, 230)
_FAST = Model("Ampere Line", "DC-60", "IEC_62196_T2_COMBO", "CABLE", "DC", 60_000, 500)
_FASTER = Model("Ampere Line", "DC-120", "IEC_62196_T2_COMBO", "CABLE", "DC", 120_000, 920)

CHARGERS = {"CP-01": _WALLBOX, "CP-02": _WALLBOX, "CP-03": _FAST, "CP-04": _FASTER}
PROTOCOLS = {"CP-01": "1.6", "CP-02": "1.6", "CP-03": "2.0.1", "CP-04": "2.1"}
"""What each of them speaks."""
CONNECTORS = (1, 2)
WAITING = ("CP-01", 2)
"""The connector that nobody comes to by himself."""

GUEST_TOKENS = ("DEMO-1", "DEMO-2")
"""For whoever tries the demo; no simulated driver has one of these."""
DRIVER_TOKENS = {
    (charger_id, number): f"DRIVER-{index}"
    for index, (charger_id, number) in enumerate(
        ((charger_id, number) for charger_id in CHARGERS for number in CONNECTORS if (charger_id, number) != WAITING), 1
    )
}
"""Who charges where: one driver a connector, since a token may not charge in two places at once."""


def registrations() -> list[tuple[str, dict[str, Any]]]:
    """What the server must know: operations of the command line with their arguments, in order."""
    return [
        ("station.add", STATION),
        *(("charger.add", _registration(charger_id, model)) for charger_id, model in CHARGERS.items()),
        ("tariff.add", {**TARIFF, "assign": {"station_id": STATION["id"]}}),
        *(("token.add", {"id_token": token}) for token in (*GUEST_TOKENS, *DRIVER_TOKENS.values())),
    ]


def _registration(charger_id: str, model: Model) -> dict[str, Any]:
    connector = {
        "standard": model.standard,
        "format": model.format,
        "power_type": model.power_type,
        "max_power_w": model.power_w,
        "max_voltage": model.voltage,
    }
    return {
        "id": charger_id,
        "station_id": STATION["id"],
        "name": f"{model.vendor} {model.name}",
        "connectors": [{"id": number, **connector} for number in CONNECTORS],
    }


# -- How it begins and ends --------------------------------------------------------------------------------------------


class Left(msgspec.Struct, frozen=True):
    """A transaction that was open when an earlier run ended: the charger reports it as ended by a power loss."""

    charger_id: str
    connector_id: int
    transaction_id: str
    started_at: float
    register_wh: int
    records: int = 0
    """How many records of it came (2.x numbers them)."""


class Briefing(msgspec.Struct, frozen=True):
    """The first line of stdin: the address without a charger's id, and what an earlier run left."""

    url: str
    left: tuple[Left, ...] = ()


def main() -> None:
    """The process: read the briefing, let drivers come and go until stdin ends."""
    trio.run(_main)


async def _main() -> None:
    stdin = trio.lowlevel.FdStream(os.dup(sys.stdin.fileno()))
    line = bytearray()
    while not line.endswith(b"\n"):
        chunk = await stdin.receive_some()
        if not chunk:
            return
        line += chunk
    briefing = msgspec.json.decode(bytes(line), type=Briefing)
    with Ledger() as ledger:
        fleet = Fleet([_config(charger_id, briefing.url) for charger_id in CHARGERS], ledger=ledger)
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(fleet.run, drain=GRACE_S))
            for link in fleet.links.values():
                occupy(link.charger, briefing.left)
            while await stdin.receive_some():
                pass
            fleet.shut_down()


def _config(charger_id: str, url: str) -> ChargerConfig:
    model = CHARGERS[charger_id]
    return ChargerConfig(
        id=charger_id,
        url=url,
        protocol=PROTOCOLS[charger_id],
        connectors=len(CONNECTORS),
        max_power_w=model.power_w,
        profile="manual",
        sample_interval=_SAMPLE_S,
        backoff_max=5.0,
        vendor=model.vendor,
        model=model.name,
    )


# -- What happens at the chargers --------------------------------------------------------------------------------------


def occupy(charger: Charger, left: tuple[Left, ...] = ()) -> None:
    """Let drivers come to a charger from now on, after it has reported what it left open."""
    for each in left:
        if each.charger_id == charger.config.id:
            _end_left(charger, each)
    for number in charger.connectors:
        charger.drive(_life(charger, number))


def _end_left(charger: Charger, left: Left) -> None:
    """As chargers do after a power loss: the stop of the interrupted transaction, with the register where it was."""
    connector, now = charger.connectors[left.connector_id], charger.now()
    connector.meter.energy_wh = max(connector.meter.energy_wh, float(left.register_wh))
    final = connector.read(now, "Transaction.End", charger.settings.stop_sampled)
    ended = Session(
        key=f"{left.charger_id}/left",
        connector_id=left.connector_id,
        id_token="",
        started_at=left.started_at,
        meter_start_wh=left.register_wh,
        transaction_id=left.transaction_id,
        stopped_at=now,
        meter_stop_wh=connector.meter.register_wh,
        reason="PowerLoss",
        readings=[final] if final.values else [],
    )
    occasion = Occasion(
        at=now, cause="PowerLoss", number=left.records, offline=True, state="Idle", reading=None, told=False
    )
    charger.exchange.outbox.add_record(Message(*charger.dialect.stopped(ended, occasion)))


def _life(charger: Charger, number: int) -> Script:
    """One connector's days: whoever was sent for from afar always, and a driver now and then where one has a token."""
    token = DRIVER_TOKENS.get((charger.config.id, number))
    rng = random.Random(f"{charger.config.id}/{number}")  # noqa: S311 - not secret
    pause = rng.uniform(1, 8)
    while True:
        yield from _between(charger, number, pause if token else _PATIENCE_S, rng)
        if token is not None:
            yield from _visit(charger, number, token, rng)
        pause = rng.uniform(5, 40)


def _between(charger: Charger, number: int, seconds: float, rng: random.Random) -> Script:
    """For so long nobody comes by himself."""
    connector = charger.connectors[number]
    end = charger.now() + seconds
    while charger.now() < end:
        yield Wait(end - charger.now(), until=lambda: connector.token is not None and not connector.plugged)
        if connector.token is not None and not connector.plugged:
            yield Wait(_WALK_S)
            charger.plug_in(number, _car(charger, rng, wants_s=_PATIENCE_S))
            yield from _stay(charger, number, _PATIENCE_S)


def _visit(charger: Charger, number: int, token: str, rng: random.Random) -> Script:
    connector = charger.connectors[number]
    if not (connector.free and charger.exchange.online):
        return
    charger.plug_in(number, _car(charger, rng, wants_s=rng.uniform(60, 240)))
    yield Wait(_WALK_S)
    charger.present(token, number)
    yield Wait(_DECISION_S, until=lambda: connector.session is not None)
    yield from _stay(charger, number, rng.uniform(60, 200))


def _stay(charger: Charger, number: int, seconds: float) -> Script:
    """Until the time is up or the car has enough, and a little longer; then the driver stops it and drives off."""
    connector = charger.connectors[number]
    session = connector.session
    if session is not None:
        yield Wait(seconds, until=lambda: connector.session is not session or connector.status == "SuspendedEV")
    if session is not None and connector.session is session:
        yield Wait(charger.rng.uniform(5, _LEAVING_S), until=lambda: connector.session is not session)
    if session is not None and connector.session is session:
        charger.present(session.id_token, number)
    yield Wait(_WALK_S)
    charger.unplug(number)


def _car(charger: Charger, rng: random.Random, *, wants_s: float) -> cars.Car:
    """A car that this charger suits, which draws for about `wants_s` seconds (or until it is full)."""
    fast = charger.config.max_power_w > 22_000
    battery_wh, power_w = rng.choice(_FAST_CARS if fast else _SLOW_CARS)
    soc = rng.uniform(0.15, 0.6)
    wanted = min(power_w, charger.config.max_power_w) * wants_s / 3600 / battery_wh
    return cars.Car(battery_wh, soc, power_w, target_soc=min(0.95, soc + wanted))


# battery Wh, greatest power W
_SLOW_CARS = ((40_000.0, 7_400.0), (60_000.0, 11_000.0), (77_000.0, 11_000.0), (52_000.0, 22_000.0))
_FAST_CARS = ((58_000.0, 50_000.0), (77_000.0, 110_000.0), (93_000.0, 150_000.0))


if __name__ == "__main__":
    main()
