"""Which signing requests are signed (rule 53)."""

import base64

import pytest
from cryptography import x509

from csms.pki import errors, requests
from tests.csms.pki import support


def refusal(text: str, serial: str | None = support.SERIAL) -> str:
    with pytest.raises(errors.BadRequest) as refused:
        requests.check(text, serial, support.OWNER)
    return str(refused.value)


def test_rule_53_the_common_name_is_the_serial_number_and_the_organisation_the_operator() -> None:
    checked = requests.check(support.request(), support.SERIAL, support.OWNER)
    assert requests.only(checked.subject, x509.NameOID.COMMON_NAME) == support.SERIAL


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (support.request("SN-0002"), "'SN-0002' and not the charger's serial number 'SN-0001'"),
        (support.request("CP-01"), "serial number"),
        (support.request(None), "None"),
        (support.request(organisation="Somebody"), "'Somebody' and not the operator 'ACME Mobility'"),
        (support.request(organisation=None), "None"),
        (support.request(signer=support.key(1024)), "1024 bits"),
        (support.request(signer=support.key(curve="secp224r1")), "secp256r1"),
        ("", "PEM"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "PEM"),
        ("x" * 5501, "5500"),
    ],
    ids=["serial", "identity", "no name", "operator", "no operator", "short", "curve", "empty", "broken", "long"],
)
def test_what_is_refused_says_why(text: str, why: str) -> None:
    assert why in refusal(text)


def test_a_charger_whose_serial_number_nobody_knows_gets_none() -> None:
    assert "serial_number" in refusal(support.request(), None)


def test_a_signature_that_does_not_fit_is_refused() -> None:
    text = support.request()
    body = "".join(text.splitlines()[1:-1])
    broken = bytearray(base64.b64decode(body))
    broken[-1] ^= 1
    lines = [
        "-----BEGIN CERTIFICATE REQUEST-----",
        base64.b64encode(broken).decode(),
        "-----END CERTIFICATE REQUEST-----",
    ]
    assert "signature" in refusal("\n".join(lines))


def test_rsa_of_2048_bits_is_enough() -> None:
    requests.check(support.request(signer=support.key(2048)), support.SERIAL, support.OWNER)
