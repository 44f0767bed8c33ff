"""What a charger of OCPP 2.x has besides what every charger has: EVSEs, a device model, counters of its reports.

Made by `dialect` for its charger; the handlers of the functional blocks get it with each call.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar, cast

from csms.simulator import connector as connectors
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import device_model, monitors

if TYPE_CHECKING:
    from csms.simulator.charger import Charger


_Own = TypeVar("_Own")


class Station:
    """A 2.x charger. Connector n of the charger is connector (n-1) % k + 1 of EVSE (n-1) // k + 1, for k an EVSE."""

    def __init__(
        self, charger: Charger, version: str, inventory: Iterable[Callable[[Station], Iterable[device_model.Variable]]]
    ) -> None:
        self.charger = charger
        self.version = version
        """As people write it: "2.0.1"."""
        self.event_ids = itertools.count(1)
        self.temperature = 31.5
        """Of the charger, in degrees Celsius; tests and demos turn it."""
        self.restarts: list[Callable[[], None]] = []
        """Called when the charger goes off."""
        self._own: dict[object, object] = {}
        self.model = device_model.DeviceModel(variable for part in inventory for variable in part(self))
        self.own(monitors.Monitors)

    # -- EVSEs -----------------------------------------------------------------

    @property
    def evse_ids(self) -> range:
        """The EVSEs there are, from 1."""
        return range(1, self.evse_of(len(self.charger.connectors))[0] + 1)

    def evse_of(self, number: int) -> tuple[int, int]:
        """(EVSE, connector in it) of a connector of the charger."""
        evse, connector = divmod(number - 1, self.charger.config.connectors_per_evse)
        return evse + 1, connector + 1

    def connectors(self, evse_id: int | None = None, connector_id: int | None = None) -> list[connectors.Connector]:
        """The connectors of an EVSE (0 or None: of all), or one of them; empty for what does not exist."""
        found = []
        for number, connector in self.charger.connectors.items():
            evse, inside = self.evse_of(number)
            if evse_id in (None, 0, evse) and connector_id in (None, inside):
                found.append(connector)
        return found

    # -- functional blocks -----------------------------------------------------

    def own(self, kind: Callable[[Station], _Own]) -> _Own:
        """What a functional block keeps: made by `kind` when it is first asked for, and the same ever after."""
        if kind not in self._own:
            self._own[kind] = kind(self)
        return cast(_Own, self._own[kind])

    # -- messages --------------------------------------------------------------

    def tell(self, action: str, payload: Payload) -> None:
        """Send what an order asked for, in its turn; it is forgotten when the link is lost."""
        exchange = self.charger.exchange
        # While the boot is pending a charger may say only what it was asked for, and this was.
        (exchange.outbox.add_notice if exchange.registered else exchange.outbox.add_urgent)(Message(action, payload))

    def keep(self, action: str, payload: Payload) -> None:
        """Send something in its turn, and again after a lost link or a reboot until it was answered or refused."""
        self.charger.exchange.outbox.add_record(Message(action, payload, tries=1))

    def tell_now(self, action: str, payload: Payload) -> None:
        """Send what somebody asked for before everything else."""
        self.charger.exchange.outbox.add_urgent(Message(action, payload))
