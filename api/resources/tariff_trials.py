"""POST /tariffs/{id}/simulate and POST /tariffs/check: what a tariff would do, without anybody paying for it."""

import sqlite3
import zoneinfo
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import post
from litestar.openapi.spec import Example
from litestar.params import Body
from msgspec import Meta

from api import errors, views, wanted
from api.resources.tariffs import NEW, Moment, NewTariff, TariffId
from csms.domain import tariff
from csms.domain.tariff import explanation, periods, validation
from csms.domain.tariff.findings import Finding, findings
from csms.storage import queries
from csms.storage.reference import tariffs

MOST_PERIODS = 2_000
LONGEST_S = 31 * 86_400
MOST = Decimal(10) ** 12

Number: TypeAlias = Decimal | float
"""A JSON number, or the same as text."""


class TrialPeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time in which one thing goes on; energy is spread evenly over it."""

    kind: periods.Kind
    duration_s: Number
    energy_wh: Number = 0.0
    power_w: Annotated[Number | None, Meta(description="Left out: what the energy says.")] = None
    current_a: Annotated[Number | None, Meta(description="All phases together.")] = None


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hypothetical session: periods one after the other, at a station in this time zone."""

    start: Moment
    periods: Annotated[tuple[TrialPeriod, ...], Meta(max_length=MOST_PERIODS)]
    time_zone: Annotated[str, Meta(description="IANA name.")] = "UTC"
    version: Annotated[int | None, Meta(description="Left out: the newest.")] = None


class Line(views.View, frozen=True):
    """A position: quantity in Wh, seconds or pieces, after rounding up to steps; price per kWh, hour or piece."""

    dimension: str
    quantity: str
    unit: str
    price: str | None
    step_size: int | None
    vat: str | None
    amount_excl: str
    amount_incl: str
    reason: str
    element: int | None
    from_at: datetime | None
    to_at: datetime | None


class Tax(views.View, frozen=True):
    """What is in the totals of one rate; null: what is priced without one."""

    vat: str | None
    excl: str
    amount: str


class Price(views.View, frozen=True):
    """What it would cost."""

    tariff_id: str
    version: int
    currency: str
    lines: list[Line]
    taxes: list[Tax]
    total_excl: str
    total_incl: str
    arithmetic: int


class Problem(views.View, frozen=True):
    """Why a tariff would be refused."""

    field: str
    reason: str


class Checked(views.View, frozen=True):
    """What would become of a tariff; one without problems is accepted."""

    problems: list[Problem]
    findings: list[Finding]
    sentences: list[str]


TRIAL = {
    "start": "2026-03-01T09:15:00Z",
    "time_zone": "Asia/Kolkata",
    "periods": [
        {"kind": "charging", "duration_s": 3600, "energy_wh": 22000},
        {"kind": "parking", "duration_s": 1200},
    ],
}
LINE: dict[str, Any] = {
    "dimension": "ENERGY",
    "quantity": "22000",
    "unit": "Wh",
    "price": "18.00",
    "step_size": 1,
    "vat": "18",
    "amount_excl": "335.59",
    "amount_incl": "396.00",
    "reason": "element 1: 18.00 INR per kWh",
    "element": 1,
    "from_at": "2026-03-01T09:15:00Z",
    "to_at": "2026-03-01T10:15:00Z",
}
PRICE: dict[str, Any] = {
    "tariff_id": "tf1f",
    "version": 1,
    "currency": "INR",
    "lines": [LINE],
    "taxes": [{"vat": "18", "excl": "335.59", "amount": "60.41"}],
    "total_excl": "335.59",
    "total_incl": "396.00",
    "arithmetic": 1,
}
CHECKED: dict[str, Any] = {
    "problems": [],
    "findings": [],
    "sentences": ["1. Energy costs 18.00 INR per kWh, 18 % tax.", "Prices include tax."],
}


@post("/tariffs/{tariff_id:str}/simulate", status_code=200, responses=views.answer(Price, PRICE))
async def simulate(
    node: wanted.Node,
    tariff_id: TariffId,
    data: Annotated[Trial, Body(examples=[Example(value=TRIAL)])],
) -> dict[str, Any]:
    """Price a hypothetical session: every line with its reason."""
    used, zone = _periods(data), _zone(data.time_zone)

    def price(conn: sqlite3.Connection) -> dict[str, Any]:  # in a thread: it may take a while
        found = tariffs.get(conn, tariff_id)
        if data.version is not None:
            found = tariffs.version(conn, tariff_id, data.version)
        bill = tariff.price(found.tariff, used, zone)
        about = {"tariff_id": found.id, "version": found.version, "arithmetic": bill.arithmetic}
        return about | queries.costs.of_bill(bill)

    return await node.read(price)


@post("/tariffs/check", status_code=200, responses=views.answer(Checked, CHECKED))
async def check(node: wanted.Node, data: Annotated[NewTariff, Body(examples=[Example(value=NEW)])]) -> dict[str, Any]:
    """Say what is wrong with a tariff, what it does that may not be meant, and what it says, and keep nothing."""
    fields = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    made = tariff.Tariff(**fields)
    problems = validation.problems(made)

    def told(_: sqlite3.Connection) -> dict[str, Any]:  # in a thread, as above
        return {
            "problems": [problem._asdict() for problem in problems],
            "findings": [] if problems else msgspec.to_builtins(findings(made)),
            "sentences": [] if problems else explanation.sentences(made),
        }

    return await node.read(told)


def _periods(data: Trial) -> tuple[tariff.Period, ...]:
    """The periods in a row. Raises Invalid."""
    used = tuple(_period(data.start, f"periods[{index}]", each) for index, each in enumerate(data.periods))
    if sum((each.duration_s for each in used), Decimal(0)) > LONGEST_S:
        raise errors.Invalid(f"periods: all together may last {LONGEST_S} seconds at most.")
    return tariff.in_a_row(data.start, used)


def _period(start: datetime, where: str, given: TrialPeriod) -> tariff.Period:
    return tariff.Period(
        kind=given.kind,
        start=start,
        duration_s=_number(f"{where}.duration_s", given.duration_s),
        energy_wh=_number(f"{where}.energy_wh", given.energy_wh),
        power_w=None if given.power_w is None else _number(f"{where}.power_w", given.power_w),
        current_a=None if given.current_a is None else _number(f"{where}.current_a", given.current_a),
    )


def _number(where: str, given: Number) -> Decimal:
    """Exactly what was written. Raises Invalid."""
    number = Decimal(str(given))
    if not (number.is_finite() and 0 <= number <= MOST):
        raise errors.Invalid(f"{where}: must be a number from 0 to {MOST:f}.")
    return number


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise errors.Invalid("time_zone: must be an IANA name such as Europe/Berlin.") from None


HANDLERS = [simulate, check]
