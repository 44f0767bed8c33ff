"""The charging domain: rules, protocol, storage and the charger gateway. Knows nothing of actors or HTTP serving."""
