"""`csms config`: what the server would run with."""

from pathlib import Path

import pytest

from csms import config
from tests.api.cli.support import Csms


def test_every_setting_is_shown_with_its_source(csms: Csms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSMS_HTTP_PORT", "8100")
    Path("csms.toml").write_text("ping_interval = 5\n")
    rows = {row["name"]: row for row in csms.bare("config", "--ocpp-port", "9100", "--json").json}
    assert list(rows) == [row.name for row in config.table()]
    assert rows["http_port"] == {"name": "http_port", "value": "8100", "source": "environment CSMS_HTTP_PORT"}
    assert rows["ocpp_port"]["source"] == "flag --ocpp-port"
    assert rows["ping_interval"]["source"] == "csms.toml"
    assert rows["data"]["source"] == "default"
    assert "8100" in csms.bare("config").out


@pytest.mark.parametrize("shape", [(), ("--json",)])
def test_secrets_are_masked(csms: Csms, monkeypatch: pytest.MonkeyPatch, shape: tuple[str, ...]) -> None:
    monkeypatch.setenv("CSMS_ADMIN_EMAIL", "ada@example.com")
    monkeypatch.setenv("CSMS_ADMIN_PASSWORD", "hush hush hush")
    ran = csms.bare("config", *shape)
    assert "hush" not in ran.out + ran.err
    assert config.MASK in ran.out


def test_the_table_for_readme_is_the_settings_own(csms: Csms) -> None:
    assert csms.bare("config", "--markdown").out == config.markdown()


def test_a_variable_that_is_no_setting_is_told(csms: Csms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSMS_HTTP_PROT", "1")
    ran = csms.bare("config")
    assert ran.code == 0
    assert "csms: the environment has CSMS_HTTP_PROT; did you mean CSMS_HTTP_PORT?" in ran.err


def test_settings_that_are_not_valid_end_with_2(csms: Csms) -> None:
    ran = csms.bare("config", "--http-port", "http")
    assert ran.code == 2
    assert "http_port must be" in ran.err
