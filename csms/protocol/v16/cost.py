"""OCPP 1.6 has no words for money: what a transaction costs is shown by DataTransfer, as the OCA's whitepaper has it.

"OCPP & California Pricing Requirements": SetUserPrice for who identified themselves, RunningCost while it runs,
FinalCost at its end. Only for chargers that say by their key CustomDisplayCostAndPrice that they understand it (rule
55).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from csms.domain import commands, money
from csms.protocol import jsontext, times, versions

VENDOR = "org.openchargealliance.costmsg"


def _show(command: commands.ShowCost) -> dict[str, Any] | versions.CannotExpress:
    if not command.transaction_id.isdecimal():
        return versions.CannotExpress("OCPP 1.6 names transactions by numbers.")
    told = _final(command) if command.final else _running(command)
    message = "FinalCost" if command.final else "RunningCost"
    return {"vendorId": VENDOR, "messageId": message, "data": jsontext.encode(told)}


def _running(command: commands.ShowCost) -> dict[str, Any]:
    charging = {"kWhPrice": command.energy_price, "hourPrice": command.time_price, "flatFee": command.flat_fee}
    idle = {"hourPrice": command.idle_price}
    return {
        "transactionId": int(command.transaction_id),
        "timestamp": times.write(command.at),
        "meterValue": int(command.register_wh or 0),
        "cost": command.amount,
        "state": "Idle" if command.idle else "Charging",
        "chargingPrice": _known(charging),
        **({"idlePrice": idle} if command.idle_price is not None else {}),
    }


def _final(command: commands.ShowCost) -> dict[str, Any]:
    text = f"{money.text(command.amount, command.currency)} {command.currency}"
    return {"transactionId": int(command.transaction_id), "cost": command.amount, "priceText": text}


def _known(prices: Mapping[str, Decimal | None]) -> dict[str, Decimal]:
    return {name: price for name, price in prices.items() if price is not None}


def _price(command: commands.ShowPrice) -> dict[str, Any]:
    told = {"idToken": command.id_token.value, "priceText": command.text}
    return {"vendorId": VENDOR, "messageId": "SetUserPrice", "data": jsontext.encode(told)}


OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.ShowCost: versions.Outgoing("DataTransfer", _show),
    commands.ShowPrice: versions.Outgoing("DataTransfer", _price),
}
