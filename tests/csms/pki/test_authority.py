"""What the authorities sign."""

import itertools
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509 import oid

from csms.pki import authority, errors, pem, requests
from tests.csms.pki import support

YEAR = timedelta(days=365)


def signed(life: timedelta = YEAR) -> x509.Certificate:
    request = requests.read(support.request())
    return authority.sign_charger(support.operator(), request, support.NOW, life)


@pytest.mark.parametrize(("made", "length"), [(support.operator, 2), (support.v2g, 3)])
def test_a_hierarchy_is_a_chain_of_cas(made: object, length: int) -> None:
    chain = made().chain  # type: ignore[operator]
    assert len(chain) == length
    for below, above in itertools.pairwise((*chain, chain[-1])):
        below.verify_directly_issued_by(above)
    for depth, each in enumerate(chain):
        constraints = each.extensions.get_extension_for_class(x509.BasicConstraints)
        assert constraints.critical
        assert (constraints.value.ca, constraints.value.path_length) == (True, depth)


def test_rule_53_a_chargers_certificate_names_the_serial_number_and_the_operator() -> None:
    assert signed().subject.rfc4514_string() == "CN=SN-0001,O=ACME Mobility"


def test_a_chargers_certificate_is_good_for_signing_in_only() -> None:
    extensions = signed().extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert [*extensions.get_extension_for_class(x509.ExtendedKeyUsage).value] == [oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign


def test_it_outlives_neither_its_time_nor_its_issuer() -> None:
    issuer = support.operator().issuer
    assert signed().not_valid_after_utc == support.NOW + YEAR
    assert signed(100 * YEAR).not_valid_after_utc == issuer.not_valid_after_utc


def test_an_authority_that_has_expired_signs_nothing() -> None:
    later = support.operator().issuer.not_valid_after_utc
    with pytest.raises(errors.BadStore, match="expired"):
        authority.sign_charger(support.operator(), requests.read(support.request()), later, YEAR)


def test_what_cars_see_lives_90_days_at_most() -> None:
    request = requests.read(support.request())
    made = authority.sign_v2g(support.v2g(), request, support.NOW, YEAR)
    assert made.not_valid_after_utc == support.NOW + timedelta(days=90)


def test_a_chain_fits_into_certificate_signed() -> None:
    long_key = requests.read(support.request(signer=support.key(2048)))
    made = authority.sign_charger(support.operator(), long_key, support.NOW, YEAR)
    assert len(pem.write([made, *support.operator().below_root])) < 10_000


def test_a_serial_number_fits_into_40_hexadecimal_digits() -> None:
    assert len(f"{signed().serial_number:x}") <= 40
