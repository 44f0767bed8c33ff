"""Settings: flags over environment over csms.toml over defaults, one table, clear refusals."""

import argparse
import dataclasses
import ipaddress
from pathlib import Path

import pytest

from csms import config

PASSWORD = "correct horse"


def load(
    flags: dict[str, str | None] | None = None, environ: dict[str, str] | None = None, toml: Path | None = None
) -> config.Settings:
    return config.load(flags or {}, environ or {}, toml)


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "csms.toml"


def refusal(*args: object, **kwargs: object) -> str:
    with pytest.raises(config.BadSetting) as caught:
        load(*args, **kwargs)  # type: ignore[arg-type]
    return str(caught.value)


def test_without_anything_the_defaults_hold() -> None:
    settings = load()
    assert (settings.http_host, settings.http_port, settings.ocpp_port) == ("127.0.0.1", 8000, 9000)
    assert settings.data == Path("data")
    assert settings.unknown_chargers is config.UnknownChargers.REJECT
    assert settings.ocpps_port is None


def test_flags_win_over_the_environment_and_that_over_the_file(toml: Path) -> None:
    toml.write_text("http_port = 1\nocpp_port = 1\nping_interval = 1\n")
    settings = load({"http_port": "3"}, {"CSMS_HTTP_PORT": "2", "CSMS_OCPP_PORT": "2"}, toml)
    assert (settings.http_port, settings.ocpp_port, settings.ping_interval) == (3, 2, 1)


def test_a_flag_that_was_not_given_counts_for_nothing() -> None:
    assert load({"http_port": None}, {"CSMS_HTTP_PORT": "2"}).http_port == 2


def test_every_value_tells_where_it_came_from(toml: Path) -> None:
    toml.write_text("ping_interval = 1\n")
    sources = load({"http_port": "3"}, {"CSMS_OCPP_PORT": "2"}, toml).sources
    assert sources["http_port"] == "flag --http-port"
    assert sources["ocpp_port"] == "environment CSMS_OCPP_PORT"
    assert sources["ping_interval"] == str(toml)
    assert sources["data"] == "default"


def test_a_file_may_use_numbers_text_and_lists(toml: Path) -> None:
    toml.write_text(
        'data = "/var/lib/csms"\nframe_rate_limit = 2.5\ntrusted_proxies = ["10.0.0.0/8", "::1"]\nocpp_port = "9"\n'
    )
    settings = load(toml=toml)
    assert settings.data == Path("/var/lib/csms")
    assert settings.frame_rate_limit == 2.5
    assert settings.ocpp_port == 9
    assert settings.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1"))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("unknown_chargers", "pending", config.UnknownChargers.PENDING),
        (
            "trusted_proxies",
            "10.1.2.3, 192.168.0.7/24",
            tuple(map(ipaddress.ip_network, ("10.1.2.3", "192.168.0.0/24"))),
        ),
        ("trusted_proxies", "", ()),
        ("frame_rate_limit", "0", 0),
        ("ping_interval", " 2.5 ", 2.5),
        ("ocpps_port", "", None),
        ("log_level", "debug", "DEBUG"),
        ("admin_email", "ops@example.com", "ops@example.com"),
        ("message_limit", "65536", 65536),
    ],
)
def test_values_are_read_from_text(name: str, text: str, value: object) -> None:
    assert getattr(load(environ={f"CSMS_{name.upper()}": text}), name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("http_port", text) for text in ("eighty", "65536", "-1", "", "80.5", "nan")),
        *(("ping_interval", text) for text in ("-1", "nan", "inf", "often")),
        *(("unknown_chargers", text) for text in ("maybe", "", "REJECT ME")),
        *(("trusted_proxies", text) for text in ("localhost", "10.0.0.0/33")),
        *(("log_level", text) for text in ("loud", "")),
        *(("admin_email", text) for text in ("ops", "a b@c", "@x")),
        *(
            ("data", ""),
            ("http_host", ""),
            ("message_limit", "100"),
            ("command_timeout", "0"),
            ("sample_interval", "0"),
        ),
    ],
)
def test_a_bad_value_is_refused_with_its_name_value_source_and_what_is_allowed(name: str, text: str) -> None:
    message = refusal({name: text})
    allowed = next(row.allowed for row in config.table() if row.name == name)
    assert message == f"{name} must be {allowed}, not {text!r} (from flag --{name.replace('_', '-')})"


def test_all_problems_are_told_at_once(toml: Path) -> None:
    toml.write_text('log_level = "loud"\nhtp_port = 1\n')
    with pytest.raises(config.BadSetting) as caught:
        load({"http_port": "x"}, {"CSMS_OCPP_PORT": "y"}, toml)
    assert len(caught.value.problems) == 4


def test_an_unknown_key_in_the_file_is_refused_with_what_was_meant(toml: Path) -> None:
    toml.write_text("htp_port = 1\n")
    assert refusal(toml=toml) == f"{toml}: there is no setting htp_port; did you mean http_port?"


@pytest.mark.parametrize("content", [b"http_port = ", b"\xff\xfe", b"[http]\nport = 1\n"])
def test_a_file_that_is_no_settings_file_is_refused_by_name(toml: Path, content: bytes) -> None:
    toml.write_bytes(content)
    assert str(toml) in refusal(toml=toml)


def test_only_the_default_file_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "none.toml" in refusal(toml=tmp_path / "none.toml")
    monkeypatch.chdir(tmp_path)
    assert config.load({}, {}).http_port == 8000
    config.DEFAULT_FILE.write_text("http_port = 81\n")
    assert config.load({}, {}).http_port == 81
    assert config.load({}, {}, None).http_port == 8000


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"CSMS_CERTIFICATE_DAYS": "30"}, "certificate_renewal_days"),
        ({"CSMS_TLS_CERTIFICATE": "x.pem"}, "tls_key"),
        ({"CSMS_TLS_KEY": "x.key"}, "tls_certificate"),
        ({"CSMS_OFFLINE_AFTER": "30"}, "ping_interval"),
        ({"CSMS_ADMIN_PASSWORD": PASSWORD}, "admin_email"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(environ: dict[str, str], named: str) -> None:
    message = refusal(environ=environ)
    assert named in message
    assert f"environment {next(iter(environ))}" in message
    assert PASSWORD not in message


def test_pings_off_and_no_offline_limit_do_not_contradict() -> None:
    load(environ={"CSMS_OFFLINE_AFTER": "0"})
    load(environ={"CSMS_PING_INTERVAL": "0", "CSMS_OFFLINE_AFTER": "10"})


def test_secrets_are_masked_and_have_no_flag() -> None:
    settings = load(environ={"CSMS_ADMIN_PASSWORD": PASSWORD, "CSMS_ADMIN_EMAIL": "a@b.example"})
    shown = {each.name: each for each in config.effective(settings)}
    assert settings.admin_password == PASSWORD
    assert shown["admin_password"].value == config.MASK
    assert shown["admin_password"].source == "environment CSMS_ADMIN_PASSWORD"
    assert PASSWORD not in repr(settings)
    assert next(row for row in config.table() if row.name == "admin_password").flag is None


def test_effective_values_are_texts_that_load_back_to_the_same_settings() -> None:
    settings = load(environ={"CSMS_TRUSTED_PROXIES": "10.0.0.0/8,::1", "CSMS_PING_INTERVAL": "12.5"})
    again = load(environ={f"CSMS_{each.name.upper()}": each.value for each in config.effective(settings)})
    assert again == settings


def test_the_table_has_every_setting_with_its_names_and_a_default_that_is_allowed() -> None:
    rows = {row.name: row for row in config.table()}
    assert rows.keys() == {each.name for each in dataclasses.fields(config.Settings)} - {"sources"}
    assert (rows["http_port"].env, rows["http_port"].flag) == ("CSMS_HTTP_PORT", "--http-port")
    assert load(environ={row.env: row.default for row in rows.values()}) == load()


def test_the_documentation_has_a_line_for_every_setting() -> None:
    lines = config.markdown().splitlines()
    assert len(lines) == 2 + len(config.table())
    assert "| `CSMS_HTTP_PORT` | `--http-port` | `8000` | " in config.markdown()


def test_a_subcommand_gets_a_flag_for_every_setting_that_is_no_secret() -> None:
    parser = argparse.ArgumentParser()
    config.add_flags(parser)
    given = parser.parse_args(["--http-port", "0", "--data", "elsewhere"])
    settings = load(vars(given))
    assert (settings.http_port, settings.data) == (0, Path("elsewhere"))
    assert "--admin-password" not in parser.format_help()


def test_a_misspelt_variable_is_found() -> None:
    environ = {"CSMS_HTP_PORT": "1", "CSMS_HTTP_PORT": "1", "HTTP_PORT": "1", "CSMS_X": ""}
    assert config.unknown_variables(environ) == ("CSMS_HTP_PORT; did you mean CSMS_HTTP_PORT?", "CSMS_X")
