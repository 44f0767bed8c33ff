"""Which payment providers there are, by the settings. Made once by actors/services.py, and by `csms ledger check`."""

from collections.abc import Mapping
from pathlib import Path

from csms.integrations.payment import PaymentGateway, Unavailable, embedded

DEFAULT = embedded.NAME
"""The provider of new payments."""


def made(data: Path) -> Mapping[str, PaymentGateway]:
    """Every provider that can be reached, by name."""
    return {embedded.NAME: embedded.Embedded(data)}


def of(providers: Mapping[str, PaymentGateway], name: str) -> PaymentGateway:
    """One of them. Raises Unavailable."""
    found = providers.get(name)
    if found is None:
        raise Unavailable(f"the settings do not say how to reach {name}")
    return found
