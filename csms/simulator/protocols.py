"""Which OCPP versions simulated chargers speak. A new one is a dialect and a row here."""

from collections.abc import Callable

from csms.simulator import dialect, errors, v16, v21, v201

_DIALECTS: dict[str, Callable[[], dialect.Dialect]] = {
    "1.6": v16.Dialect16,
    "2.0.1": v201.charger,
    "2.1": v21.charger,
}


def speaking(version: str) -> dialect.Dialect:
    """A dialect of an OCPP version such as "1.6", for one charger. Raises UnsupportedProtocol."""
    known = _DIALECTS.get(version)
    if known is None:
        raise errors.UnsupportedProtocol(version, tuple(_DIALECTS))
    return known()
