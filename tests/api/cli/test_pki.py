"""`csms pki`."""

import signal
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trio

from api.cli import serve
from csms.pki import revocation, store
from csms.storage.log import Log
from csms.storage.reference import certificates
from tests.api.cli.support import Csms, Server


@pytest.fixture
def issued(data: Path) -> None:
    """CP-01 has the certificate abc."""
    now = datetime.now(UTC)

    def issue(conn: Any) -> None:
        certificates.issue(
            conn,
            "CP-01",
            "charger",
            serial_number="abc",
            common_name="SN",
            chain="PEM",
            at=now,
            ends_at=now + timedelta(days=30),
        )

    with Log.open(data) as log:
        log.write(issue)


def test_two_commands_make_tls_run(csms: Csms, data: Path) -> None:
    ran = csms("pki", "init", "localhost", "127.0.0.1")
    assert "is made" in ran.out
    with Server(data, "--ocpps-port", "0") as server:
        assert server.stop() == 0
    kept = store.Store(data / "pki", "CSMS")
    before = [file.read_bytes() for file, _ in kept.server_files]
    assert "was there" in csms("pki", "init", "localhost").out
    assert [file.read_bytes() for file, _ in kept.server_files] != before
    context = ssl.create_default_context(cafile=str(kept.root_file))
    assert context.cert_store_stats()["x509_ca"] == 1


async def test_sighup_looks_at_the_certificates(nursery: trio.Nursery) -> None:
    asked = trio.Event()

    def reload() -> bool:
        asked.set()
        return True

    front = SimpleNamespace(reload=reload)
    await nursery.start(serve._reload_when_asked, SimpleNamespace(node=SimpleNamespace(front=front)))
    signal.raise_signal(signal.SIGHUP)
    with trio.fail_after(20):
        await asked.wait()
    nursery.cancel_scope.cancel()


def test_the_authorities_are_shown(csms: Csms) -> None:
    assert csms.tried("pki", "show").code == 1
    csms("pki", "init", "localhost")
    shown = csms("pki", "show").out
    assert "Root CA" in shown
    assert "BEGIN CERTIFICATE" in shown


@pytest.mark.parametrize("host", ["", "a b", "http://csms"])
def test_what_is_no_host_is_refused(csms: Csms, host: str) -> None:
    assert csms.tried("pki", "init", host).code == 2


def test_what_was_signed_is_listed_and_revoked(csms: Csms, data: Path, issued: None) -> None:
    csms("pki", "init", "localhost")
    assert csms("pki", "list", "--json").json[0]["status"] == "issued"
    assert "Revoked abc of CP-01" in csms("pki", "revoke", "ABC", "--reason", "key_compromise").out
    assert csms("pki", "list", "--charger", "CP-01", "--json").json[0]["status"] == "revoked"
    [crl] = revocation.read((data / "pki" / "revoked.crl").read_bytes())
    assert crl.get_revoked_certificate_by_serial_number(0xABC) is not None
    assert csms.tried("pki", "revoke", "ffff").code == 1


def test_a_running_server_is_told(csms: Csms, data: Path, issued: None, server: Server) -> None:
    assert "Revoked abc" in csms("pki", "revoke", "abc").out
    assert server.stop() == 0
    assert "certificate_revoked charger=CP-01" in server.log
