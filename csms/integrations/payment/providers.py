"""Which payment providers there are, by the settings. Made once by actors/services.py, and by `csms ledger check`."""

from collections.abc import Mapping

from csms import config
from csms.integrations.payment import PaymentGateway, Unavailable, embedded


def made(settings: config.Settings) -> Mapping[str, PaymentGateway]:
    """Every provider that can be reached, by name: payments go on with the one that they began with."""
    found: dict[str, PaymentGateway] = {embedded.NAME: embedded.Embedded(settings.data)}
    if settings.stripe_key is not None:
        from csms.integrations.payment import stripe  # its library takes a second to load, and few need it

        gateway = stripe.Stripe(settings.stripe_key, settings.stripe_webhook_secret, settings.stripe_url)
        found[stripe.NAME] = gateway
    return found


def of(providers: Mapping[str, PaymentGateway], name: str) -> PaymentGateway:
    """One of them. Raises Unavailable."""
    found = providers.get(name)
    if found is None:
        raise Unavailable(f"the settings do not say how to reach {name}")
    return found
