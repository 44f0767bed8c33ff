"""The energy meter of a connector: a register that only grows, and the values that a sample reports.

Used by `connector`. Pure; the names of the measurands are OCPP's, the same in every version.
"""

import dataclasses

REGISTER = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
CURRENT = "Current.Import"
VOLTAGE = "Voltage"
OFFERED = "Power.Offered"
SOC = "SoC"
MEASURANDS = (REGISTER, POWER, CURRENT, VOLTAGE, OFFERED, SOC)

_UNITS = {REGISTER: "Wh", POWER: "W", CURRENT: "A", VOLTAGE: "V", OFFERED: "W", SOC: "Percent"}
_NO_LOAD_V = 231.0
_SAG_V_PER_W = 0.0001
_PHASES = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Value:
    """One measured value, as text the way a charger would send it; `location` None is the outlet."""

    measurand: str
    value: str
    unit: str
    location: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """The values measured at one moment (Unix seconds of the simulated clock) and why they were taken."""

    at: float
    context: str
    register_wh: int
    values: tuple[Value, ...]


@dataclasses.dataclass(slots=True)
class Meter:
    """An energy register (Wh) and the power that flows now (W)."""

    energy_wh: float = 0.0
    power_w: float = 0.0

    @property
    def register_wh(self) -> int:
        """The register as a charger reports it: whole Wh, never less than before."""
        return int(self.energy_wh)

    def add(self, energy_wh: float) -> None:
        """Count energy that flowed; a meter never counts backwards."""
        self.energy_wh += max(0.0, energy_wh)

    def read(
        self, at: float, context: str, measurands: tuple[str, ...], *, offered_w: float, soc: float | None
    ) -> Reading:
        """Take the measurands asked for; a state of charge that nobody knows (no car) is left out."""
        volts = _NO_LOAD_V - self.power_w * _SAG_V_PER_W
        known = {
            REGISTER: str(self.register_wh),
            POWER: f"{self.power_w:.1f}",
            CURRENT: f"{self.power_w / (_PHASES * volts):.2f}",
            VOLTAGE: f"{volts:.1f}",
            OFFERED: f"{offered_w:.0f}",
        }
        if soc is not None:
            known[SOC] = f"{soc * 100:.1f}"
        values = tuple(
            Value(name, known[name], _UNITS[name], "EV" if name == SOC else None)
            for name in measurands
            if name in known
        )
        return Reading(at, context, self.register_wh, values)
