"""OCPP 1.6: the ids of transactions, which are numbers here. Used where an order names one."""

from csms.protocol import fields, versions


def number(text: str) -> int | versions.CannotExpress:
    """The number that a transaction's id is here."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= fields.INT32):
        return versions.CannotExpress(
            "OCPP 1.6, which the charger speaks now, cannot name this transaction: its ids are whole numbers from 1 to"
            " 2147483647. Stop it at the charger, or when that is back with the version it began in."
        )
    return int(text)
