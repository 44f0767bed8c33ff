"""`csms simulate`: chargers that really charge, against any central system.

Called by `api.cli`. It runs a fleet, shows how it goes on stderr and ends with a summary on stdout; it knows the server
only by its URL.
"""

from __future__ import annotations

import argparse
import functools
import json
import logging
import signal
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trio

from api.cli import files
from csms import simulator
from csms.simulator import manners, profiles, protocols

_TERMINAL_S = 0.25
_PLAIN_S = 10.0
_NAMED = 10
"""Sessions that the summary names before it only counts them."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `csms simulate`."""
    add = parser.add_argument
    add("--chargers", type=_count, default=1, metavar="N", help="how many chargers (default 1)")
    add("--url", default="ws://127.0.0.1:9000/ocpp", help="the central system, without a charger's id (%(default)s)")
    add("--protocol", default="1.6", metavar="VERSION", help="1.6 | 2.0.1 | 2.1 (default %(default)s)")
    behaviours = ", ".join(profiles.names())
    add("--profile", default="steady", metavar="NAME", help=f"how people behave: {behaviours} (default %(default)s)")
    add("--prefix", default="SIM", help="chargers are called PREFIX-0001 and so on (default %(default)s)")
    add(
        "--id",
        action="append",
        dest="ids",
        metavar="ID",
        help="name of a charger, may be repeated; instead of --prefix",
    )
    add("--connectors", type=_count, default=1, metavar="N", help="connectors a charger (default 1)")
    add(
        "--per-evse",
        type=_count,
        default=1,
        metavar="N",
        help="connectors of an EVSE, one of which charges (default 1)",
    )
    add("--tokens", type=_names, default=("SIM-TOKEN",), metavar="A,B", help="cards that drivers present")
    add("--sample-interval", type=_count, metavar="S", help="simulated seconds between samples")
    add("--duration", type=_positive, metavar="S", help="end after so many seconds (default: until Ctrl-C)")
    add("--drain", type=_positive, default=30.0, metavar="S", help="then wait at most so long for answers (30)")
    add("--ledger", type=Path, metavar="FILE", help="append every acknowledged record to FILE, as JSON lines")
    add("--password", help="basic authentication, the same for every charger")
    add("--password-file", type=Path, metavar="FILE", help="one ID:PASSWORD a line, for chargers with their own")
    add("--ca", type=Path, metavar="FILE", help="trust this certificate authority for wss:// (PEM)")
    add("--speed", type=_positive, default=1.0, metavar="X", help="simulated seconds in a real one (default 1)")
    add("--seed", type=int, default=0, help="another seed, other people (default 0)")
    add("--drop-every", type=_positive, metavar="S", help="cut each link at random, every S seconds on average")
    add("--manner", default="good", metavar="NAME", help=f"how they answer calls: {', '.join(manners.names())}")
    add("--late", type=_positive, default=60.0, metavar="S", help="how late with --manner late (default 60)")
    add("--repeated", type=_share, default=0.0, metavar="P", help="share of the records sent once more though answered")
    add(
        "--swapped", type=_share, default=0.0, metavar="P", help="share of the waiting records in the wrong order (2.x)"
    )
    add("--lost", type=_share, default=0.0, metavar="P", help="share of the samples that are never sent")
    add("--variables", type=_natural, default=0, metavar="N", help="further variables of the device model (2.x)")
    add("--json", action="store_true", help="print the summary as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Simulate: 0 everything was acknowledged, 1 something was not or nobody could connect, 2 wrong usage."""
    try:
        configs = _configs(arguments)
        protocols.speaking(arguments.protocol)
        profiles.check(arguments.profile)
        manners.of(arguments.manner, arguments.late)
        context = ssl.create_default_context(cafile=arguments.ca) if arguments.ca else None
        ledger = simulator.Ledger(arguments.ledger)
    except (simulator.SimulatorError, OSError, ValueError) as error:
        print(f"csms simulate: {error}", file=sys.stderr)
        return 2
    files.raise_limit()
    # The libraries log every lost link; a fleet loses many, and the status line counts them.
    logging.getLogger("csms.simulator").setLevel(logging.WARNING)
    with ledger:
        fleet = simulator.Fleet(configs, ledger=ledger, speed=arguments.speed, ssl_context=context)
        trio.run(functools.partial(_simulate, fleet, arguments.duration, arguments.drain))
        summary = _summary(fleet)
    print(json.dumps(summary) if arguments.json else _text(summary))
    return 0 if summary["ok"] else 1


async def _simulate(fleet: simulator.Fleet, duration: float | None, drain: float) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_show, fleet)
        nursery.start_soon(_signals, fleet, nursery.cancel_scope)
        if duration is not None:
            nursery.start_soon(_end_after, fleet, duration)
        await fleet.run(drain=drain)
        nursery.cancel_scope.cancel()


async def _signals(fleet: simulator.Fleet, everything: trio.CancelScope) -> None:
    """The first signal ends gracefully, the second at once."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            if fleet.stopping:
                everything.cancel()
            fleet.shut_down()


async def _end_after(fleet: simulator.Fleet, duration: float) -> None:
    await trio.sleep(duration)
    fleet.shut_down()


async def _show(fleet: simulator.Fleet) -> None:
    """One line that is rewritten on a terminal, a line now and then elsewhere."""
    terminal = sys.stderr.isatty()
    try:
        while True:
            await trio.sleep(_TERMINAL_S if terminal else _PLAIN_S)
            print(
                f"\r{_line(fleet)}\033[K" if terminal else _line(fleet), end="" if terminal else "\n", file=sys.stderr
            )
            sys.stderr.flush()
    finally:
        if terminal:
            print(file=sys.stderr)


def _line(fleet: simulator.Fleet) -> str:
    counts, statistics = fleet.ledger.counts, fleet.statistics
    parts = [
        f"{statistics.online}/{fleet.size} online",
        f"{counts['start'] - counts['stop']} charging",
        f"{counts['stop']} sessions done",
        f"{counts['sample']} samples",
        f"{fleet.ledger.pending} waiting",
    ]
    parts += [f"{count} x HTTP {status}" for status, count in sorted(statistics.refused.items())]
    if statistics.failed_connects:
        parts.append(f"{statistics.failed_connects} failed connects")
    return ", ".join(parts) + (", ending" if fleet.stopping else "")


def _summary(fleet: simulator.Fleet) -> dict[str, Any]:
    ledger, statistics = fleet.ledger, fleet.statistics
    missing = ledger.unacknowledged()
    done = [entry for entry in ledger.entries.values() if entry.state == "completed"]
    return {
        "ok": not missing and statistics.connects > 0,
        "chargers": fleet.size,
        "connects": statistics.connects,
        "failed_connects": statistics.failed_connects,
        "refused": {str(status): count for status, count in statistics.refused.items()},
        "frames_out": statistics.frames_out,
        "frames_in": statistics.frames_in,
        "sessions": len(ledger.entries),
        "completed": len(done),
        "samples": ledger.counts["sample"],
        "energy_wh": sum((entry.meter_stop_wh or 0) - entry.meter_start_wh for entry in done),
        "unacknowledged": [entry.session for entry in missing],
    }


def _text(summary: dict[str, Any]) -> str:
    lines = [
        f"{summary['chargers']} chargers connected {summary['connects']} times",
        f"{summary['completed']} of {summary['sessions']} sessions completed and acknowledged, "
        f"{summary['energy_wh'] / 1000:.1f} kWh, {summary['samples']} samples",
    ]
    lines += [f"{count} connections refused with HTTP {status}" for status, count in summary["refused"].items()]
    if summary["failed_connects"]:
        lines.append(f"{summary['failed_connects']} attempts to connect failed; is the central system running?")
    missing = summary["unacknowledged"]
    if missing:
        more = " ..." if len(missing) > _NAMED else ""
        lines.append(f"{len(missing)} NOT fully acknowledged: {', '.join(missing[:_NAMED])}{more}")
    return "\n".join(lines)


def _configs(arguments: argparse.Namespace) -> list[simulator.ChargerConfig]:
    drop_every = arguments.drop_every or profiles.default_drop_every(arguments.profile)
    template = simulator.ChargerConfig(
        id=arguments.prefix,
        url=arguments.url,
        protocol=arguments.protocol,
        password=arguments.password,
        connectors=arguments.connectors,
        connectors_per_evse=arguments.per_evse,
        profile=arguments.profile,
        tokens=arguments.tokens,
        sample_interval=arguments.sample_interval,
        seed=arguments.seed,
        drop_every=drop_every,
        manner=arguments.manner,
        late=arguments.late,
        repeated=arguments.repeated,
        lost=arguments.lost,
        swapped=arguments.swapped,
        extra_variables=arguments.variables,
    )
    passwords = {} if arguments.password_file is None else _passwords(arguments.password_file)
    names = arguments.ids or simulator.numbered(arguments.prefix, arguments.chargers)
    return simulator.configs(template, names, passwords)


def _passwords(path: Path) -> dict[str, str]:
    pairs = [line.partition(":") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not all(colon for _, colon, _ in pairs):
        raise ValueError(f"{path}: every line must be ID:PASSWORD")
    return {name.strip(): password for name, _, password in pairs}


def _number(text: str, kind: Callable[[str], float]) -> float:
    number = kind(text)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{text} is not greater than 0")
    return number


def _count(text: str) -> int:
    return int(_number(text, int))


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share < 1:
        raise argparse.ArgumentTypeError(f"{text} is no share: give 0 or more, and less than 1")
    return share


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return number


def _positive(text: str) -> float:
    return _number(text, float)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if not names:
        raise argparse.ArgumentTypeError("give at least one, like A,B")
    return names
