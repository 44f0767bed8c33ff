"""Who may connect, by security profile (rules 6 and 7)."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from csms.gateway import auth
from csms.pki import authority, presented, requests
from tests.csms.gateway import support
from tests.csms.pki import support as pki

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
    assert verdict == auth.Verify("CP-01", b"secret", STORED, 1)


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


# -- Profile 3 -------------------------------------------------------------------------------------------------------


def shown(common_name: str = "SN-1", organisation: str = "ACME", *, revoked: bool = False) -> auth.Shown:
    request = requests.read(pki.request(common_name, organisation))
    made = authority.sign_charger(pki.operator(), request, pki.NOW, timedelta(days=1))
    return auth.Shown(presented.read(made.public_bytes(serialization.Encoding.DER)), revoked)


def by_certificate(
    certificate: auth.Shown | None, *, profile: int = 3, upcoming: int | None = None, header: str | None = None
) -> auth.Accept | auth.Refuse | auth.Verify:
    known = auth.Known("CP-01", profile, STORED, next_profile=upcoming, common_names=("SN-1",), organisation="ACME")
    sent = None if header is None else header.encode()
    return auth.check("CP-01", known, sent, secure=True, shown=certificate)


def test_profile_3_is_a_certificate_and_no_password() -> None:
    assert by_certificate(shown()) == auth.Accept("CP-01", profile=3)
    assert status(by_certificate(None, header=support.basic("CP-01", "secret"))) == 401


def test_rule_53_a_certificate_must_name_the_serial_number_and_the_operator() -> None:
    assert status(by_certificate(shown("SN-2"))) == 403
    assert status(by_certificate(shown("CP-01"))) == 403
    assert status(by_certificate(shown(organisation="Somebody"))) == 403


@pytest.mark.parametrize("profile", [0, 1, 2, 3])
def test_a_revoked_certificate_opens_no_door(profile: int) -> None:
    header = support.basic("CP-01", "secret")
    assert status(by_certificate(shown(revoked=True), profile=profile, header=header)) == 403


def test_a_certificate_that_we_issued_is_good_for_that_charger_only() -> None:
    mine = shown()
    assert by_certificate(auth.Shown(mine.certificate, issued_to="CP-01")) == auth.Accept("CP-01", profile=3)
    assert status(by_certificate(auth.Shown(mine.certificate, issued_to="CP-02"))) == 403


def test_rule_57_while_a_charger_moves_to_profile_3_its_password_is_still_good() -> None:
    verdict = by_certificate(None, profile=2, upcoming=3, header=support.basic("CP-01", "secret"))
    assert isinstance(verdict, auth.Verify)
    assert verdict.profile == 2
    assert by_certificate(shown(), profile=2, upcoming=3) == auth.Accept("CP-01", profile=3)


def test_a_refusal_is_about_the_profile_that_it_has() -> None:
    verdict = by_certificate(None, profile=2, upcoming=3)
    assert isinstance(verdict, auth.Refuse)
    assert verdict.why == "no_credentials"


def test_a_certificate_that_nobody_asked_for_is_no_password() -> None:
    assert status(by_certificate(shown(), profile=2)) == 401


# -- Profile 0 -------------------------------------------------------------------------------------------------------


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
