"""What a 2.1 charger calculates that a transaction costs, by the tariff that it was given; told in TransactionEvents.

By the first price of each kind that has no conditions: enough to see that tariffs and costs go their way.
"""

from __future__ import annotations

from decimal import Decimal

from csms.simulator.dialect import Occasion
from csms.simulator.messages import Payload
from csms.simulator.session import Session
from csms.simulator.v2x.station import Station
from csms.simulator.v21.tariffs import Tariffs

_CENT = Decimal("0.01")


def details(station: Station, kind: str, session: Session, occasion: Occasion) -> Payload:
    """The field costDetails of an event, if a tariff counts; the end of a transaction is that of its own tariff."""
    if kind == "Started":
        return {}
    tariff = station.own(Tariffs).of(session)
    if kind == "Ended" and session.transaction_id is not None:
        station.own(Tariffs).of_transactions.pop(session.transaction_id, None)
    return {} if tariff is None else {"costDetails": _costs(station, tariff, session, occasion.at)}


def _costs(station: Station, tariff: Payload, session: Session, at: float) -> Payload:
    used_wh = station.charger.connectors[session.connector_id].meter.register_wh - session.meter_start_wh
    energy, seconds = Decimal(used_wh) / 1000, max(0, round(at - session.started_at))
    parts = {
        "energy": _part(tariff, "energy", "priceKwh", energy),
        "chargingTime": _part(tariff, "chargingTime", "priceMinute", Decimal(seconds) / 60),
        "fixed": _part(tariff, "fixedFee", "priceFixed", Decimal(1)),
    }
    known = {name: part for name, part in parts.items() if part is not None}
    total = {name: float(sum(Decimal(str(part[name])) for part in known.values())) for name in ("exclTax", "inclTax")}
    cost = {"currency": tariff["currency"], "typeOfCost": "NormalCost", **known, "total": total}
    usage = {"energy": float(energy), "chargingTime": seconds, "idleTime": 0}
    return {"totalCost": cost, "totalUsage": usage}


def _part(tariff: Payload, name: str, price: str, volume: Decimal) -> Payload | None:
    part = tariff.get(name, {})
    found = next((each[price] for each in part.get("prices", ()) if "conditions" not in each), None)
    if found is None:
        return None
    net = (Decimal(str(found)) * volume).quantize(_CENT)
    rate = sum((Decimal(str(each["tax"])) for each in part.get("taxRates", ())), Decimal(0))
    return {"exclTax": float(net), "inclTax": float((net * (1 + rate / 100)).quantize(_CENT))}
