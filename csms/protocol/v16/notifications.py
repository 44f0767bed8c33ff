"""OCPP 1.6 security events (security whitepaper)."""

from collections.abc import Mapping

from csms.protocol import security_events, versions

INCOMING: Mapping[str, versions.Incoming] = security_events.INCOMING
