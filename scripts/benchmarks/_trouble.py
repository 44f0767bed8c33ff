"""A neighbour that makes trouble: `python -m scripts.benchmarks._trouble NAME NUMBER OCPP HTTP WSS`.

A process that says "begun", and begins anew until it is terminated. NAME is an attack of tests/chaos/hostile.py or one
of OWN, which get the NUMBER of their charger; the rest is where the server listens. Used by neighbours.py.
"""

import functools
import sys
import warnings
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import trio

from api.cli import files
from scripts.benchmarks import _long_reports, _poison
from tests.chaos import hostile

HELD_S = 1.0
"""How long an attack has the server at its mercy, each time; and the pause between the bytes of slow ones."""
Trouble: TypeAlias = Callable[[hostile.Target, int], Awaitable[None]]


async def nothing(_target: hostile.Target, _number: int) -> None:
    """What chance alone makes of the figures."""
    await trio.sleep(HELD_S)


async def _attack(attack: hostile.Attack, target: hostile.Target, _number: int) -> None:
    await attack(target, functools.partial(trio.sleep, HELD_S))


OWN: tuple[Trouble, ...] = (
    nothing,
    _poison.poisoned_charger,
    _poison.poisoned_session,
    _long_reports.long_reports,
)
TROUBLES: dict[str, Trouble] = {
    **{trouble.__name__: trouble for trouble in OWN},
    **{attack.__name__: functools.partial(_attack, attack) for attack in hostile.ATTACKS},
}


async def _make(name: str, number: int, target: hostile.Target) -> None:
    print("begun", flush=True)
    while True:
        await TROUBLES[name](target, number)
        await trio.lowlevel.checkpoint()


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1, on purpose
    files.raise_limit()
    trio.run(_make, sys.argv[1], int(sys.argv[2]), hostile.Target(*sys.argv[3:6]))
