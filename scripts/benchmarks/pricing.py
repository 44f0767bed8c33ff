"""How long pricing takes: a session of two hours with a sample a minute, by a tariff of ten elements.

Beside it, on the same samples: a plain loop that adds up energy and time and multiplies each by one price.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from csms.domain import tariff

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
MINUTES, IDLE = 120, 20


def main() -> None:
    """Measure and print milliseconds and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="50 rounds")
    given = parser.parse_args()
    rounds = 50 if given.quick else given.rounds
    samples, prices = periods(), ten_elements()
    bare = milliseconds(lambda: plainly(samples), rounds)
    priced = milliseconds(lambda: tariff.price(prices, samples, ZONE), rounds)
    print(f"a plain loop over {MINUTES} samples: {bare:.3f} ms")
    print(f"pricing by {len(prices.elements)} elements: {priced:.2f} ms, {priced / bare:.0f} x the plain loop")


def milliseconds(act: Callable[[], object], rounds: int) -> float:
    """The median of so many runs."""
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def plainly(samples: tuple[tariff.Period, ...]) -> Decimal:
    """One price for energy, one for time."""
    energy = seconds = Decimal(0)
    for sample in samples:
        energy += sample.energy_wh
        seconds += sample.duration_s
    return energy * Decimal("0.00045") + seconds * Decimal("0.0005")


def periods() -> tuple[tariff.Period, ...]:
    """Power that falls as the battery fills, then twenty idle minutes; hardly two samples have the same energy."""
    minute = tariff.Period(kind="charging", start=START, duration_s=Decimal(60))
    energies = [Decimal(350 - 3 * number + number % 7) for number in range(MINUTES - IDLE)]
    charging = [msgspec.structs.replace(minute, energy_wh=energy) for energy in energies]
    return tariff.in_a_row(START, charging + [msgspec.structs.replace(minute, kind="parking")] * IDLE)


def ten_elements() -> tariff.Tariff:
    """Prices by time of day, weekday, duration, energy and power, with what applies when nothing else does."""
    asked = [
        tariff.Restrictions(day_of_week=("SATURDAY", "SUNDAY")),
        tariff.Restrictions(start_time="22:00", end_time="06:00"),
        tariff.Restrictions(start_time="17:00", end_time="18:00", min_power=Decimal(15)),
        tariff.Restrictions(start_time="17:00", end_time="18:00"),
        tariff.Restrictions(min_duration=5400),
        tariff.Restrictions(max_kwh=Decimal(5)),
        tariff.Restrictions(min_kwh=Decimal(15), max_power=Decimal(11)),
        tariff.Restrictions(max_power=Decimal(7)),
        tariff.Restrictions(start_date=START.date(), min_power=Decimal(50)),
        None,
    ]
    elements = tuple(
        tariff.Element(
            price_components=(
                tariff.PriceComponent(type="ENERGY", price=Decimal("0.40") + index, vat=Decimal(19), step_size=100),
                tariff.PriceComponent(type="TIME", price=Decimal("1.80"), vat=Decimal(19), step_size=60),
                tariff.PriceComponent(type="PARKING_TIME", price=Decimal("6.00"), vat=Decimal(19), step_size=60),
            ),
            restrictions=each,
        )
        for index, each in enumerate(asked)
    )
    return tariff.Tariff(currency="EUR", elements=elements, idle_grace_s=300)


if __name__ == "__main__":
    main()
