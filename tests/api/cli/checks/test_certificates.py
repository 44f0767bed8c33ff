"""What `csms doctor` says of certificates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.cli.checks import Finding, certificates
from csms import config
from csms.pki import store
from csms.storage.log import Log
from csms.storage.reference import certificates as issued
from csms.storage.reference import chargers

NOW = datetime.now(UTC)


@pytest.fixture
def kept(tmp_path: Path) -> store.Store:
    return store.Store(tmp_path / "data" / "pki", "CSMS")


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.Settings(data=tmp_path / "data", ocpps_port=9443)


def levels(findings: Any) -> list[str]:
    found: list[Finding] = list(findings)
    return [each.level for each in found]


def test_wss_without_a_certificate_says_how_to_make_one(settings: config.Settings) -> None:
    [finding] = certificates.tls(settings)
    assert (finding.level, "csms pki init" in finding.advice) == ("problem", True)
    assert levels(certificates.tls(config.Settings(data=settings.data))) == ["ok"]


def test_those_of_our_own_authority_are_good(settings: config.Settings, kept: store.Store) -> None:
    kept.make_server(["localhost"], NOW)
    assert levels(certificates.tls(settings)) == ["ok", "ok"]
    assert levels(certificates.authorities(settings)) == ["ok"]


def test_those_that_end_soon_are_warned_of(settings: config.Settings, kept: store.Store) -> None:
    kept.make_server(["localhost"], NOW - timedelta(days=380))
    assert levels(certificates.tls(settings)) == ["warning", "warning"]


def test_a_key_that_others_can_read_is_warned_of(settings: config.Settings, kept: store.Store) -> None:
    kept.operator(NOW)
    key = kept.directory / "operator" / "issuing.key"
    key.chmod(0o644)
    found = list(certificates.authorities(settings))
    assert [each.level for each in found] == ["ok", "warning"]
    assert found[1].advice == f"chmod 600 {key}"


def test_an_authority_that_cannot_be_read_is_a_problem(settings: config.Settings, kept: store.Store) -> None:
    kept.operator(NOW)
    (kept.directory / "operator" / "issuing.key").unlink()
    assert levels(certificates.authorities(settings)) == ["problem"]


def test_no_authority_is_no_mistake(settings: config.Settings) -> None:
    assert levels(certificates.authorities(settings)) == ["ok"]


def test_chargers_without_a_future_are_named(settings: config.Settings) -> None:
    assert levels(certificates.of_chargers(settings)) == []

    def furnish(conn: Any) -> None:
        chargers.add(conn, {"id": "CP-03", "security_profile": 3})
        chargers.add(conn, {"id": "CP-04"})
        issued.issue(
            conn,
            "CP-04",
            "charger",
            serial_number="abc",
            common_name="SN",
            chain="",
            at=NOW,
            ends_at=NOW + timedelta(days=3),
        )

    with Log.open(settings.data) as log:
        log.write(furnish)
    late, nameless = certificates.of_chargers(settings)
    assert "CP-04" in late.found
    assert "CP-03" in nameless.found
