"""Users and API keys as administrators see them: never their secrets."""

import sqlite3
from typing import Any

from csms.storage.queries.plain import time
from csms.storage.reference import api_keys, users


def every_user(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """All users by address: {id, email, name, role, disabled, revision}."""
    return [user_view(user) for user in users.every(conn)]


def user_view(user: users.User) -> dict[str, Any]:
    """What the API shows of a user."""
    return {name: getattr(user, name) for name in ("id", "email", "name", "role", "disabled", "revision")}


def every_key(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """All API keys by name: {id, name, role, scope, expires_at}."""
    return [key_view(key) for key in api_keys.every(conn)]


def key_view(key: api_keys.ApiKey) -> dict[str, Any]:
    """What the API shows of a key, without the key."""
    shown = {name: getattr(key, name) for name in ("id", "name", "role", "scope")}
    return shown | {"expires_at": time(key.expires_at)}
