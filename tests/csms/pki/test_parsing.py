"""What chargers and cars send is read or refused: nothing that is wrong with it raises anything else."""

import base64
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from csms import pki
from csms.domain.certificates import HashData
from csms.pki import authority, contract, hashes, ocsp, pem, presented, requests
from tests.csms.pki import support

DER = serialization.Encoding.DER
DAY = timedelta(days=1)
CHARGERS = authority.sign_charger(support.operator(), requests.read(support.request()), support.NOW, DAY)
REST = pem.write(support.operator().below_root)

# The library warns of serial numbers below 1, and says that it will refuse them one day.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


def text(kind: str, der: bytes) -> str:
    return f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n"


def damaged(der: bytes) -> Iterator[bytes]:
    """Each byte another one: its lowest bit, its highest, and all of them."""
    for place in range(len(der)):
        for flip in (0x01, 0x80, 0xFF):
            yield der[:place] + bytes([der[place] ^ flip]) + der[place + 1 :]


def install(der: bytes) -> None:
    """What protocol/certificates.py reads of a root that was installed."""
    root = pem.one(text("CERTIFICATE", der))
    assert root.subject.rfc4514_string() is not None
    assert root.not_valid_after_utc.tzinfo is not None
    assert hashes.serial(hashes.of(root)) > 0


def authorize(der: bytes) -> None:
    """The chain that a car shows."""
    chain = text("CERTIFICATE", der) + REST
    told = contract.status(chain, [], [support.operator().root], lambda _: False, support.NOW)
    assert told in (contract.ACCEPTED, contract.CHAIN_ERROR, contract.EXPIRED)


def sign(der: bytes) -> None:
    """A request whose signature is good still would be signed."""
    request = requests.read(text("CERTIFICATE REQUEST", der))
    authority.sign_v2g(support.v2g(), request, support.NOW, DAY)


NEWER = CHARGERS.public_bytes(DER).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x03", 1)
"""Of a version that does not exist."""
REQUEST = x509.load_pem_x509_csr(support.request().encode()).public_bytes(DER)
NEWER_REQUEST = REQUEST.replace(b"\x02\x01\x00", b"\x02\x01\x03", 1)


@pytest.mark.parametrize(
    ("read", "der"),
    [
        (presented.read, CHARGERS.public_bytes(DER)),
        (authorize, CHARGERS.public_bytes(DER)),
        (install, support.operator().root.public_bytes(DER)),
        (sign, REQUEST),
    ],
    ids=["signs in", "pays", "trusts", "asks"],
)
def test_a_damaged_one_is_refused_whatever_is_damaged(read: Callable[[bytes], object], der: bytes) -> None:
    read(der)
    for each in damaged(der):
        with suppress(pki.PkiError):
            read(each)


def test_a_version_that_does_not_exist_is_refused() -> None:
    with pytest.raises(pki.BadCertificate, match="version"):
        presented.read(NEWER)
    with pytest.raises(pki.BadRequest, match="version"):
        requests.read(text("CERTIFICATE REQUEST", NEWER_REQUEST))


def test_a_name_that_is_no_text_is_refused() -> None:
    der = CHARGERS.public_bytes(DER).replace(support.SERIAL.encode(), b"\xff" * len(support.SERIAL), 1)
    with pytest.raises(pki.BadCertificate):
        pem.read(text("CERTIFICATE", der))


@pytest.mark.parametrize("serial", ["-5", "+5", " 5", "5_0", "0x5", "", "\N{ARABIC-INDIC DIGIT FIVE}", "5\n", "g"])
def test_a_serial_number_is_hexadecimal_digits_and_nothing_else(serial: str) -> None:
    with pytest.raises(pki.BadCertificate):
        hashes.serial(HashData("SHA256", "", "", serial))


@pytest.mark.parametrize(
    ("algorithm", "name", "serial"),
    [("SHA256", "00", "5"), ("SHA256", "nonsense", "5"), ("MD5", "00" * 32, "5")],
    ids=["short", "no hash", "algorithm"],
)
def test_a_question_about_nothing_is_refused(algorithm: str, name: str, serial: str) -> None:
    asked = HashData(algorithm, name, "00" * 32, serial)
    with pytest.raises(pki.BadCertificate):
        ocsp.respond(support.operator(), asked, None, support.NOW)
