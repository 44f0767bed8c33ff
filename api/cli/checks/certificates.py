"""Checks of certificates: those for wss as a charger would see them, our own authority, and those of chargers."""

from __future__ import annotations

import sqlite3
import ssl
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from actors.connections import gateway as front
from api.cli.checks import Finding, ok, problem, warning
from csms import config, gateway, pki
from csms.pki import store
from csms.storage import connection, errors
from csms.storage.log import Log
from csms.storage.reference import certificates, chargers

SOON = timedelta(days=30)
_RENEW = "renew the certificate: a running server takes up new files by itself"


def tls(settings: config.Settings, now: datetime | None = None) -> Iterator[Finding]:
    """Each certificate and its key can be read, belong together, and last a while; so do the authorities."""
    files = front.files(settings)
    if settings.ocpps_port is None and not files.pairs:
        yield ok("certificate", "wss is off")
        return
    if not files.pairs:
        yield problem("certificate", "wss has no certificate", "csms pki init HOST, or set tls_certificate and tls_key")
    for certificate, key in files.pairs:
        yield _pair(certificate, key, now or datetime.now(UTC))
    if files.pairs and files.authorities:
        try:
            gateway.Tls(lambda: files)
        except gateway.BadListener as error:
            yield problem("certificate", str(error), "correct the setting that it names")


def authorities(settings: config.Settings, now: datetime | None = None) -> Iterator[Finding]:
    """Our own authorities can sign, their keys are theirs alone, and they last a while."""
    own = store.Store(settings.data / "pki", settings.operator_name)
    try:
        found = own.existing()
    except pki.BadStore as error:
        yield problem("authority", str(error), f"restore {own.directory}")
        return
    if not found:
        yield ok("authority", "none yet: csms pki init makes one, and so does the first charger that asks")
    for each in found:
        name, ends = each.issuer.subject.rfc4514_string(), each.issuer.not_valid_after_utc
        if ends < (now or datetime.now(UTC)) + 12 * SOON:
            yield warning("authority", f"{name} ends on {ends:%Y-%m-%d}", f"move {own.directory} away, csms pki init")
        else:
            yield ok("authority", f"{name} is good until {ends:%Y-%m-%d}")
    for key in sorted(own.directory.rglob("*.key")):
        if _open(key):
            yield warning("authority", f"{key} can be read by other users of this machine", f"chmod 600 {key}")


def of_chargers(settings: config.Settings, now: datetime | None = None) -> Iterator[Finding]:
    """Chargers of profile 3 have certificates that last."""
    if not connection.database(settings.data).exists():
        return
    try:
        with Log.open(settings.data, readonly=True) as log:
            yield from _ending(log.connection, now or datetime.now(UTC))
            yield from _nameless(log.connection)
    except (errors.StorageError, sqlite3.Error):
        return  # the checks of the database say what is wrong with it


def _ending(conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    late = certificates.ending(conn, now + timedelta(days=7), now)
    if late:
        names = ", ".join(sorted({each.charger_id for each in late})[:5])
        advice = "POST /api/v1/chargers/{id}/commands/renew-certificate, and look whether the charger is online"
        yield warning("chargers", f"{len(late)} certificates end within a week: {names}", advice)


def _nameless(conn: sqlite3.Connection) -> Iterator[Finding]:
    for each in chargers.some(conn, "security_profile = 3 AND serial_number IS NULL"):
        if conn.execute("SELECT 1 FROM charger_states WHERE id = ?", (each.id,)).fetchone() is None:
            advice = f'PATCH /api/v1/chargers/{each.id} {{"serial_number": "..."}}'
            yield warning("chargers", f"{each.id} has profile 3, and its serial number is not known", advice)


def _pair(certificate: Path, key: Path, now: datetime) -> Finding:
    try:
        shown = _seen(gateway.server_context(gateway.Files([(certificate, key)])), certificate)
    except gateway.BadListener as error:
        return problem("certificate", str(error), f"check both files: {certificate} and {key}")
    except ssl.SSLCertVerificationError as error:
        return problem("certificate", f"{certificate}: {error.verify_message}", _RENEW)
    except (ssl.SSLError, OSError) as error:
        return problem("certificate", f"{certificate} cannot be used: {error}", _RENEW)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    if ends < now + SOON:
        return warning("certificate", f"{certificate} expires on {ends:%Y-%m-%d}", _RENEW)
    if _open(key):
        return warning("certificate", f"{key} can be read by other users of this machine", f"chmod 600 {key}")
    return ok("certificate", f"{certificate} is good until {ends:%Y-%m-%d}")


def _open(key: Path) -> bool:
    return bool(key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


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
