"""Checks of the certificate for wss: a handshake in memory, as a charger would see it."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.cli.checks import Finding, ok, problem, warning
from csms import config, gateway

SOON = timedelta(days=30)
_RENEW = "renew the certificate, and start the server again"


def tls(settings: config.Settings, now: datetime | None = None) -> Finding:
    """The certificate and its key can be read, belong together, and last a while."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None or key is None:
        return ok("certificate", "wss is off")
    now = now or datetime.now(UTC)
    try:
        shown = _seen(gateway.server_context(certificate, key), certificate)
    except gateway.BadListener as error:
        return problem("certificate", str(error), f"check both files: {certificate} and {key}")
    except ssl.SSLCertVerificationError as error:
        return problem("certificate", f"{certificate}: {error.verify_message}", _RENEW)
    except (ssl.SSLError, OSError) as error:
        return problem("certificate", f"{certificate} cannot be used: {error}", _RENEW)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    if ends < now + SOON:
        return warning("certificate", f"{certificate} expires on {ends:%Y-%m-%d}", _RENEW)
    if key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return warning("certificate", f"{key} can be read by other users of this machine", f"chmod 600 {key}")
    return ok("certificate", f"{certificate} is good until {ends:%Y-%m-%d}")


def _seen(server: ssl.SSLContext, certificate: Path) -> dict[str, Any]:
    """The certificate as a client sees it that trusts exactly this one. Raises ssl.SSLError."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(certificate)
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [here, there]
    while waiting:
        for side in list(waiting):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            waiting.remove(side)
    return here.getpeercert() or {}
