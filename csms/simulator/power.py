"""How a charger starts again: at once, after its records were delivered, or when nobody charges any more.

Used by `charger`. Between the switch-off and `dark_until` there is no connection and nothing begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csms.simulator.charger import Charger

_NEVER = float("inf")
BOOT_S = 5.0
"""How long a reboot takes."""
_DRAIN_S = 20.0
"""How long a soft reset waits for its records to be answered."""


class Power:
    """The power switch of a charger."""

    def __init__(self, charger: Charger, start: float) -> None:
        self.dark_until = start
        """No connection before that: the charger is off or booting."""
        self.boot_reason = "PowerUp"
        """Why it starts, in the words of 2.x."""
        self.after_boot: list[Callable[[], None]] = []
        """Called once, when the central system has accepted the next boot."""
        self._charger = charger
        self._off_at = _NEVER
        self._when_idle: str | None = None
        self._resume = False

    @property
    def due(self) -> float:
        """When it switches off at the latest."""
        return self._off_at

    @property
    def restarting(self) -> bool:
        """Nothing may begin: it is going to start again, or it does."""
        return self._off_at < _NEVER or self._when_idle is not None or self._charger.now() < self.dark_until

    def reboot(self, *, soft: bool, why: str = "RemoteReset", ends: str | None = None, resume: bool = False) -> None:
        """Start again; soft: first deliver the records. All transactions end for the reason `ends`, or go on after it.

        `why` is a reason of 2.x to boot, `ends` one of 1.6 to stop (None: the reset itself).
        """
        self.boot_reason, self._resume, self._when_idle = why, resume, None
        for connector in self._charger.connectors.values():
            connector.grant = None
            if not resume:
                self._charger.transactions.end(connector, ends or ("SoftReset" if soft else "HardReset"))
        if soft:
            self._off_at = self._charger.now() + _DRAIN_S
        else:
            self._switch_off()

    def reboot_when_idle(self, why: str = "ScheduledReset") -> bool:
        """Start again as soon as nobody charges; False: somebody does, and nobody else will before that."""
        if any(connector.session is not None for connector in self._charger.connectors.values()):
            self._when_idle = why
            return False
        self.reboot(soft=True, why=why)
        return True

    def advance(self) -> None:
        """Do what is due."""
        if self._when_idle is not None:
            self.reboot_when_idle(self._when_idle)
        if self._off_at < _NEVER and (self._charger.now() >= self._off_at or self._charger.settled):
            self._switch_off()

    def booted(self) -> None:
        """The central system accepted the boot: transactions that outlived it go on."""
        self.boot_reason = "Unknown"
        waiting, self.after_boot = self.after_boot, []
        for action in waiting:
            action()
        if self._resume:
            self._resume = False
            for connector in self._charger.connectors.values():
                self._charger.transactions.tell(connector, "TxResumed")

    def _switch_off(self) -> None:
        charger = self._charger
        self._off_at = _NEVER
        self.dark_until = charger.now() + BOOT_S
        charger.exchange.hang_up = "close"
        charger.exchange.restart()
        charger.dialect.restart(charger)
        for connector in charger.connectors.values():
            connector.ended = False
