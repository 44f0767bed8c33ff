"""What a 1.6 charger answers when it is asked for its configuration. Pure; used by the orders of the charger actor.

It breaks on no answer: a table of settings is the longest that a charger of 1.6 says, and the oddest.
"""

from typing import Any

from csms.domain import events, secrets, variables


def read(response: dict[str, Any]) -> list[events.AnyEvent]:
    """What a GetConfiguration answer (1.6 payload) says, secrets masked; what of it cannot be read is passed over."""
    values: dict[str, tuple[str | None, bool]] = {}
    for entry in _list(response.get("configurationKey")):
        if isinstance(entry, dict) and isinstance(key := entry.get("key"), str):
            value = _text(entry.get("value"))
            hidden = value and secrets.is_secret(variables.name(key))
            values[key] = (secrets.MASK if hidden else value, entry.get("readonly") not in (None, False))
    unknown = tuple(key for key in _list(response.get("unknownKey")) if isinstance(key, str))
    return [events.ConfigurationRead(values=values, unknown=unknown)] if values or unknown else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    """Some chargers write a setting that is a number or a truth as one."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case _:
            return None
