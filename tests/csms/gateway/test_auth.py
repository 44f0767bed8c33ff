"""Who may connect, by security profile (rules 6 and 7)."""

import base64

import pytest

from csms.gateway import auth
from tests.csms.gateway import support

STORED = ("hash",)


def check(
    profile: int, *, header: str | None = None, secure: bool = False, credentials: tuple[str, ...] = STORED
) -> auth.Accept | auth.Refuse | auth.Verify:
    known = auth.Known("CP-01", profile, credentials)
    return auth.check("cp-01", known, None if header is None else header.encode(), secure=secure)


def status(verdict: auth.Accept | auth.Refuse | auth.Verify) -> int:
    assert isinstance(verdict, auth.Refuse)
    return verdict.status


def test_rule_6_an_unknown_charger_is_not_found() -> None:
    assert status(auth.check("CP-09", auth.Unknown(), None, secure=True)) == 404


def test_rule_6_a_setting_lets_unknown_chargers_in() -> None:
    assert auth.check("CP-09", auth.Unknown(admit=True), None, secure=False) == auth.Accept("CP-09")


def test_rule_7_the_stored_spelling_is_kept() -> None:
    assert check(0) == auth.Accept("CP-01")


@pytest.mark.parametrize("secure", [True, False])
def test_profile_1_needs_a_password_on_ws_and_wss(secure: bool) -> None:
    assert status(check(1, secure=secure)) == 401
    verdict = check(1, secure=secure, header=support.basic("CP-01", "secret"))
    assert verdict == auth.Verify("CP-01", b"secret", STORED)


def test_rule_6_a_401_asks_for_basic_authentication() -> None:
    verdict = check(1)
    assert isinstance(verdict, auth.Refuse)
    assert dict(verdict.headers)[b"WWW-Authenticate"].startswith(b"Basic ")


@pytest.mark.parametrize("profile", [2, 3])
def test_rule_6_profiles_2_and_3_are_refused_without_tls(profile: int) -> None:
    assert status(check(profile, header=support.basic("CP-01", "secret"))) == 401


def test_profile_2_is_tls_and_a_password() -> None:
    assert status(check(2, secure=True)) == 401
    assert isinstance(check(2, secure=True, header=support.basic("CP-01", "secret")), auth.Verify)


def test_profile_3_is_refused_while_no_client_certificates_are_asked_for() -> None:
    assert status(check(3, secure=True, header=support.basic("CP-01", "secret"))) == 401


def test_profile_0_asks_for_nothing() -> None:
    assert check(0, credentials=()) == auth.Accept("CP-01")
    assert check(0, credentials=(), header=support.basic("CP-01", "whatever")) == auth.Accept("CP-01")


def test_profile_0_with_a_stored_password_takes_no_wrong_one() -> None:
    assert isinstance(check(0, header=support.basic("CP-01", "secret")), auth.Verify)
    assert status(check(0, header="Bearer x")) == 401


@pytest.mark.parametrize("user", ["CP-02", "", "CP-01 "])
def test_rule_7_the_user_must_be_the_identity(user: str) -> None:
    assert status(check(1, header=support.basic(user, "secret"))) == 401


def test_rule_7_the_user_is_compared_without_regard_to_case() -> None:
    assert isinstance(check(1, header=support.basic("cP-01", "secret")), auth.Verify)


def test_without_a_stored_password_nothing_matches() -> None:
    assert status(check(1, credentials=(), header=support.basic("CP-01", ""))) == 401


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic ", "Basic !!!", "Basic Q1AtMDE=", "Digest x", "Basic /w==", "Basic Q1At!MDE6eA=="]
)
def test_a_header_that_cannot_be_read_is_no_password(header: str) -> None:
    assert auth.parse(header.encode()) is None


def test_the_scheme_is_read_without_regard_to_case_and_the_password_may_hold_colons_and_any_bytes() -> None:
    encoded = base64.b64encode(b"CP-01:\xff:\x00")
    assert auth.parse(b"bAsIc  " + encoded + b" ") == auth.Basic("CP-01", b"\xff:\x00")


def test_secrets_are_not_shown() -> None:
    shown = repr((auth.Basic("CP-01", b"secret"), auth.Verify("CP-01", b"secret", STORED), auth.Known("x", 1, STORED)))
    assert "secret" not in shown
    assert "hash" not in shown
