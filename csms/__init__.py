"""The charging domain: OCPP, sessions and their log. Knows nothing of actors or of serving HTTP."""
