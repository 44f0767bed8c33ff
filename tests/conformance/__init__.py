"""Every action of every OCPP version, in both directions: payloads made of its schema, good ones and bad ones."""
