"""A car's battery as a charger sees it: how much power it draws, and when it stops drawing.

Used by `connector`. Pure: time comes in as elapsed seconds; it never reads a clock or does I/O.
"""

import dataclasses

_STEP_S = 5.0
"""Longest stretch over which the power is taken as constant."""
_RAMP_S = 20.0
"""Time from closing the contactor to full power."""
_TAPER_FROM = 0.8
"""State of charge above which the battery takes less and less."""
_TAPER_FLOOR = 0.08
"""Share of the full power that is left just before 100 %."""


@dataclasses.dataclass(slots=True)
class Car:
    """A battery and its charging curve. Shares are 0..1, energies Wh, powers W, times seconds."""

    battery_wh: float = 60_000.0
    soc: float = 0.3
    max_power_w: float = 11_000.0
    target_soc: float = 1.0
    """The car stops drawing here (its driver's limit)."""
    charging_s: float = 0.0
    """How long it has been drawing without a break; the power ramps up over the first seconds."""

    @property
    def full(self) -> bool:
        """True when the car no longer wants energy."""
        return self.soc >= self.target_soc

    def power_w(self, offered_w: float) -> float:
        """The power it draws now when the charger offers `offered_w`."""
        if self.full:
            return 0.0
        ramp = min(1.0, (self.charging_s + 1.0) / _RAMP_S)
        return min(offered_w, self.max_power_w * self._taper()) * ramp

    def charge(self, offered_w: float, elapsed_s: float) -> float:
        """Draw for `elapsed_s` seconds and return the energy taken in Wh."""
        taken = 0.0
        while elapsed_s > 0 and not self.full:
            step = min(elapsed_s, _STEP_S)
            room_wh = (self.target_soc - self.soc) * self.battery_wh
            energy = min(self.power_w(offered_w) * step / 3600, room_wh)
            self.charging_s += step
            self.soc = self.target_soc if energy >= room_wh else self.soc + energy / self.battery_wh
            taken += energy
            elapsed_s -= step
        return taken

    def wants_for(self, offered_w: float) -> float:
        """Seconds for which it certainly still draws: no battery fills faster than at its full power."""
        return (self.target_soc - self.soc) * self.battery_wh * 3600 / min(offered_w, self.max_power_w)

    def rest(self) -> None:
        """The power was cut: the next charge ramps up again."""
        self.charging_s = 0.0

    def _taper(self) -> float:
        if self.soc <= _TAPER_FROM:
            return 1.0
        left = (1.0 - self.soc) / (1.0 - _TAPER_FROM)
        return max(_TAPER_FLOOR, left)
