"""Tariffs that a 2.1 charger was given to calculate with: defaults by EVSE, and those of single transactions."""

from __future__ import annotations

from collections.abc import Mapping

from csms.simulator import operations
from csms.simulator.messages import Payload
from csms.simulator.session import Session
from csms.simulator.v2x import commands
from csms.simulator.v2x.station import Station

MAX_ELEMENTS = 10
"""Prices that it can tell apart, of energy, of a time and so on."""
_DIMENSIONS = ("energy", "chargingTime", "idleTime", "fixedFee", "reservationTime", "reservationFixed")


class Tariffs:
    """`defaults`: tariff id -> (EVSE, tariff); `of_transactions`: transaction id -> tariff."""

    def __init__(self, station: Station) -> None:
        self.defaults: dict[str, tuple[int, Payload]] = {}
        self.of_transactions: dict[str, Payload] = {}
        self._station = station

    def in_force(self, evse_id: int) -> Payload | None:
        """The default tariff of an EVSE: its own, else that of all."""
        by_evse = {evse: tariff for evse, tariff in self.defaults.values() if "validFrom" not in tariff}
        return by_evse.get(evse_id, by_evse.get(0))

    def of(self, session: Session) -> Payload | None:
        """The tariff that counts for a transaction: its own, else the default of its EVSE."""
        evse_id, _ = self._station.evse_of(session.connector_id)
        return self.of_transactions.get(session.transaction_id or "") or self.in_force(evse_id)

    def set(self, evse_id: int, tariff: Payload) -> Payload:
        """Keep it as the default of an EVSE (0: of all); the answer."""
        known = self.defaults.get(tariff["tariffId"])
        if known is not None and known[0] != evse_id:
            return commands.status("DuplicateTariffId")
        if evse_id not in (0, *self._station.evse_ids):
            return commands.status("Rejected", "UnknownEvse")
        if _elements(tariff) > MAX_ELEMENTS:
            return commands.status("TooManyElements")
        since = tariff.get("validFrom")
        replaced = [
            name for name, (evse, other) in self.defaults.items() if (evse, other.get("validFrom")) == (evse_id, since)
        ]
        for name in replaced:
            del self.defaults[name]
        self.defaults[tariff["tariffId"]] = (evse_id, tariff)
        return commands.status("Accepted")


def _elements(tariff: Payload) -> int:
    return max((len(tariff[name]["prices"]) for name in _DIMENSIONS if name in tariff), default=0)


def _set(station: Station, call: Payload) -> Payload:
    return station.own(Tariffs).set(call["evseId"], call["tariff"])


def _listed(station: Station, call: Payload) -> Payload:
    held = station.own(Tariffs).defaults.values()
    assigned = [
        {"tariffId": tariff["tariffId"], "tariffKind": "DefaultTariff", "evseIds": [evse]}
        | {name: tariff[name] for name in ("validFrom",) if name in tariff}
        for evse, tariff in held
        if call["evseId"] in (0, evse)
    ]
    if not assigned:
        return commands.status("NoTariff")
    return commands.status("Accepted") | {"tariffAssignments": assigned}


def _clear(station: Station, call: Payload) -> Payload:
    held = station.own(Tariffs).defaults
    evse_id = call.get("evseId", 0)
    there = [name for name, (evse, _) in held.items() if evse_id in (0, evse)]
    results = []
    for name in call.get("tariffIds", there):
        results.append({"tariffId": name, "status": "Accepted" if name in there else "NoTariff"})
        if name in there:
            del held[name]
    return {"clearTariffsResult": results or [{"status": "NoTariff"}]}


def _change(station: Station, call: Payload) -> Payload:
    tariffs, transaction_id, tariff = station.own(Tariffs), call["transactionId"], call["tariff"]
    connector = operations.running(station.charger, transaction_id)
    if connector is None or connector.session is None:
        return commands.status("TxNotFound")
    if _elements(tariff) > MAX_ELEMENTS:
        return commands.status("TooManyElements")
    before = tariffs.of(connector.session)
    if before is not None and before["currency"] != tariff["currency"]:
        return commands.status("NoCurrencyChange")
    tariffs.of_transactions[transaction_id] = tariff
    return commands.status("Accepted")


COMMANDS: Mapping[str, commands.Handler] = {
    "ChangeTransactionTariff": _change,
    "ClearTariffs": _clear,
    "GetTariffs": _listed,
    "SetDefaultTariff": _set,
}
