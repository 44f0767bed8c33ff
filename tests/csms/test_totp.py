"""Codes of authenticator apps: those of RFC 6238, with a clock that may be a little wrong, each once."""

import base64
from datetime import UTC, datetime

import pytest

from csms import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
AT = datetime.fromtimestamp(1111111109, UTC)
STEP = 1111111109 // 30


@pytest.mark.parametrize(
    ("second", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    assert totp.step(SECRET, code, datetime.fromtimestamp(second, UTC)) == second // 30


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_wrong_by_one_step(seconds: int, good: bool) -> None:
    assert (totp.step(SECRET, "081804", datetime.fromtimestamp(AT.timestamp() + seconds, UTC)) == STEP) is good


@pytest.mark.parametrize(("after", "good"), [(STEP - 1, True), (STEP, False), (STEP + 1, False)])
def test_what_was_used_or_is_older_is_no_good(after: int, good: bool) -> None:
    assert (totp.step(SECRET, "081804", AT, after) is not None) is good


@pytest.mark.parametrize("code", ["081805", "", "81804", "０８１８０４", "0818040", "\ud800"])
def test_anything_else_is_wrong(code: str) -> None:
    assert totp.step(SECRET, code, AT) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    assert totp.step(SECRET, " 081 804 ", AT) == STEP


def test_the_uri_is_what_apps_scan() -> None:
    uri = totp.uri(SECRET, "asha@example.com", "City Charging")
    assert uri == f"otpauth://totp/City%20Charging:asha%40example.com?secret={SECRET}&issuer=City%20Charging"


def test_recovery_codes_are_ten_and_read_alike_however_they_are_typed() -> None:
    codes = totp.recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES == 10
    assert len(codes[0]) == 19
    assert totp.plain(f" {codes[0].upper().replace('-', ' ')}") == totp.plain(codes[0])
