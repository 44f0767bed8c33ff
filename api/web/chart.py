"""A small line chart as SVG path data, for the session page. Pure; the template draws the frame and the words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from csms.domain import facts, metering

_SHORT = {field.name: field.encode_name for field in msgspec.structs.fields(facts.Sampled)}
WIDTH, HEIGHT = 720, 180
POINTS = 400
"""A line needs no more than this; longer series are thinned out."""
_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


class Chart(NamedTuple):
    """Path data inside a WIDTH x HEIGHT view box, and what its axes reach."""

    line: str
    area: str
    top: float
    begin: datetime
    end: datetime


def points(
    samples: Sequence[Mapping[str, Any]], meter_start_wh: float | None, started_at: str | None
) -> tuple[str, str, list[tuple[datetime, float]]]:
    """(title, unit, points) of meter values: power where the charger reports it, else the energy so far."""
    readings = [_reading(sample) for sample in samples]
    measured = [(reading.at, metering.measure(reading)) for reading in readings if reading.at is not None]
    power = [(at, float(found.power_w) / 1000) for at, found in measured if found.power_w is not None]
    if len(power) > 1:
        return "Power", "kW", power
    registers = [(at, float(found.register_wh)) for at, found in measured if found.register_wh is not None]
    start = meter_start_wh if meter_start_wh is not None else registers[0][1] if registers else 0
    energy = [(at, max(0.0, wh - start) / 1000) for at, wh in registers]
    if energy and started_at is not None:
        energy.insert(0, (datetime.fromisoformat(started_at), 0.0))
    return "Energy", "kWh", energy


def draw(points: Sequence[tuple[datetime, float]]) -> Chart | None:
    """A chart of values over time, in the order of time; None when there are fewer than two moments."""
    ordered = sorted(points)
    ordered = ordered[:: max(1, len(ordered) // POINTS)] + ordered[-1:]
    if len({at for at, _ in ordered}) < 2:
        return None
    begin, end = ordered[0][0], ordered[-1][0]
    top = ceiling(max(value for _, value in ordered))
    span = (end - begin).total_seconds()
    line = " ".join(
        f"{'L' if index else 'M'}{(at - begin).total_seconds() / span * WIDTH:.1f},{HEIGHT - value / top * HEIGHT:.1f}"
        for index, (at, value) in enumerate(ordered)
    )
    return Chart(line, f"{line} L{WIDTH},{HEIGHT} L0,{HEIGHT} Z", top, begin, end)


def _reading(sample: Mapping[str, Any]) -> facts.Reading:
    values = [{_SHORT[name]: content for name, content in value.items()} for value in sample["values"]]
    return msgspec.convert({"t": sample["at"], "s": values}, facts.Reading)


def ceiling(value: float) -> float:
    """The next round number at or above `value`, so that the line fills the chart; 1 for nothing."""
    if value <= 0:
        return 1.0
    step = 1.0
    while step * 10 <= value:
        step *= 10
    while step > value:
        step /= 10
    return next(step * factor for factor in _STEPS if step * factor >= value)
