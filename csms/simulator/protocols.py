"""Which OCPP versions simulated chargers speak. A new one is a dialect and a row here."""

from csms.simulator import dialect, errors, v16

_DIALECTS: dict[str, dialect.Dialect] = {"1.6": v16.Dialect16()}


def speaking(version: str) -> dialect.Dialect:
    """The dialect of an OCPP version such as "1.6". Raises UnsupportedProtocol."""
    try:
        return _DIALECTS[version]
    except KeyError:
        raise errors.UnsupportedProtocol(version, tuple(_DIALECTS)) from None
