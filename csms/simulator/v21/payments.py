"""Payments at a 2.1 charger: its terminal's settlements, VAT numbers that drivers type, web payments under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from csms.simulator import clock
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station


class WebPayments:
    """EVSE -> until when somebody is paying for it on the web (simulated Unix seconds)."""

    def __init__(self, station: Station) -> None:
        self.until: dict[int, float] = {}
        self._now = station.charger.now

    def under_way(self, evse_id: int) -> bool:
        """Somebody is paying: the EVSE is theirs."""
        return self.until.get(evse_id, 0.0) > self._now()


def settle(station: Station, reference: str, amount: float, transaction_id: str | None = None) -> None:
    """The terminal has its money."""
    now = clock.stamp(station.charger.now())
    told = {"pspRef": reference, "status": "Settled", "settlementAmount": amount, "settlementTime": now}
    station.keep("NotifySettlement", told if transaction_id is None else {**told, "transactionId": transaction_id})


def ask_vat_number(station: Station, number: str, answered: Callable[[Payload], None]) -> None:
    """A driver wants a company's receipt."""
    asked = Message("VatNumberValidation", {"vatNumber": number}, answered)
    station.charger.exchange.outbox.add_urgent(asked)


def _web_payment(station: Station, call: Payload) -> Payload:
    station.own(WebPayments).until[call["evseId"]] = station.charger.now() + call["timeout"]
    return {}


COMMANDS: Mapping[str, commands.Handler] = {"NotifyWebPaymentStarted": _web_payment}
