"""The token that a driver charges with from an app or a page: made with the account, never presented at a charger."""

import secrets
import sqlite3

from csms.storage.reference import tokens

TYPE = "Central"
"""OCPP's word for a token that the server made."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_LENGTH = 16
"""With APP- as long as OCPP 1.6 lets a token be; 80 random bits."""


def issue(conn: sqlite3.Connection, driver_id: str) -> tokens.Token:
    """A new one."""
    value = "APP-" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return tokens.add(conn, {"id_token": value, "type": TYPE, "driver_id": driver_id})
