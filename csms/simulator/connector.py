"""One connector: cable, car, meter, and the OCPP status that follows from them.

Driven by `charger`. Pure: the moment comes in with each call, and the status is computed, never stored, so it cannot
contradict what happens on the connector.
"""

import dataclasses
from typing import Literal

from csms.simulator import authorization
from csms.simulator import car as cars
from csms.simulator import meter as meters
from csms.simulator import session as sessions

_WATCH_S = 5.0
"""How exactly a car's last moment of charging is noticed."""


@dataclasses.dataclass(slots=True)
class Connector:
    """The state of one socket with its cable. `now` is Unix seconds of the simulated clock."""

    id: int
    max_power_w: float
    meter: meters.Meter
    updated_at: float
    car: cars.Car | None = None
    session: sessions.Session | None = None
    grant: authorization.Grant | None = None
    """An accepted token that waits for the cable until `token_until`."""
    token_until: float = 0.0
    operative: bool = True
    scheduled: bool | None = None
    """The availability that begins when the transaction has ended."""
    error_code: str = "NoError"
    withheld: bool = False
    """The charger offers no energy (SuspendedEVSE)."""
    limit_w: float = float("inf")
    """What charging profiles leave."""
    reserved: bool = False
    """It is kept for a token."""
    reset: Literal["scheduled", "running"] | None = None
    """Its EVSE starts again, or will when nobody charges there: nothing begins."""
    ended: bool = False
    """A transaction ended while the cable stayed in."""

    @property
    def token(self) -> str | None:
        """The token that waits for the cable."""
        return None if self.grant is None else self.grant.token

    @property
    def plugged(self) -> bool:
        """A cable connects a car."""
        return self.car is not None

    @property
    def free(self) -> bool:
        """Nothing and nobody occupies it, and it is in service."""
        return self.status == "Available"

    @property
    def offered_w(self) -> float:
        """What a car may draw."""
        return 0.0 if self.withheld or self.reset == "running" else min(self.max_power_w, self.limit_w)

    @property
    def drawing(self) -> bool:
        """Energy flows."""
        powered = self.session is not None and self.session.authorized and self.offered_w > 0
        return powered and self.car is not None and not self.car.full

    @property
    def status(self) -> str:
        """The status in OCPP 1.6 words; 2.x derives its fewer ones from it."""
        if self.error_code != "NoError":
            return "Faulted"
        if self.session is not None and not self.session.authorized:
            return "Preparing"
        if self.session is not None:
            return "SuspendedEVSE" if not self.offered_w else ("Charging" if self.drawing else "SuspendedEV")
        if not self.operative or self.reset == "running":
            return "Unavailable"
        if self.plugged:
            return "Finishing" if self.ended else "Preparing"
        return "Preparing" if self.token is not None else ("Reserved" if self.reserved else "Available")

    @property
    def charging_state(self) -> str:
        """The state of the transaction in OCPP 2.x words."""
        if self.car is None:
            return "Idle"
        if self.session is None or not self.session.authorized:
            return "EVConnected"
        return "SuspendedEVSE" if not self.offered_w else ("Charging" if self.drawing else "SuspendedEV")

    @property
    def watch_at(self) -> float:
        """When to look whether the car has enough; infinite while no energy flows."""
        if self.car is None or not self.drawing:
            return float("inf")
        return self.updated_at + max(_WATCH_S, self.car.wants_for(self.offered_w))

    def advance(self, now: float) -> None:
        """Let the time since the last call pass: the car charges, the register counts."""
        elapsed = now - self.updated_at
        if elapsed > 0:
            self.updated_at = now
            if self.drawing and self.car is not None:
                self.meter.add(self.car.charge(self.offered_w, elapsed))
        self.meter.power_w = self.car.power_w(self.offered_w) if self.drawing and self.car is not None else 0.0

    def plug_in(self, car: cars.Car) -> None:
        """A driver connects the cable; a cable that is already in stays."""
        if self.car is None:
            self.car = car
            self.ended = False

    def unplug(self) -> None:
        """The cable is taken out."""
        self.car = None
        self.ended = False

    def begin(self, session: sessions.Session) -> None:
        """Close the contactor for a transaction."""
        self.session = session
        self.ended = False
        self.permit()

    def permit(self) -> None:
        """Close the contactor in a transaction that runs already."""
        self.grant = None
        self.withheld = False
        if self.car is not None:
            self.car.rest()

    def end(self) -> None:
        """Open the contactor; a scheduled change of availability takes effect."""
        self.session = None
        self.withheld = False
        self.ended = self.plugged
        self.meter.power_w = 0.0
        if self.scheduled is not None:
            self.operative, self.scheduled = self.scheduled, None

    def read(self, at: float, context: str, measurands: tuple[str, ...]) -> meters.Reading:
        """Read the meter."""
        offered = 0.0 if self.session is None else self.offered_w
        soc = None if self.car is None else self.car.soc
        return self.meter.read(at, context, measurands, offered_w=offered, soc=soc)
