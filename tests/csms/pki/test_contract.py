"""certificateStatus of Authorize: what cars present."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509

from csms.pki import authority, contract, hashes, pem, requests
from tests.csms.pki import support

DAY = timedelta(days=1)


def leaf() -> x509.Certificate:
    return authority.sign_v2g(support.v2g(), requests.read(support.request("DE-8AA-C123", "MO")), support.NOW, DAY)


LEAF = leaf()
CHAIN = pem.write([LEAF, *support.v2g().below_root])
NAMED = [hashes.of(LEAF, support.v2g().issuer)]


def status(
    chain: str | None = CHAIN,
    *,
    now: datetime = support.NOW,
    revoked: str = "",
    roots: list[x509.Certificate] | None = None,
) -> str:
    trusted = [support.v2g().root] if roots is None else roots
    return contract.status(chain, NAMED, trusted, lambda named: named.serial_number == revoked, now)


def test_a_chain_to_a_root_that_we_trust_is_accepted() -> None:
    assert status() == "Accepted"


def test_hashes_alone_are_accepted_unless_revoked() -> None:
    assert status(None) == "Accepted"
    assert status(None, revoked=NAMED[0].serial_number) == "CertificateRevoked"


def test_a_revoked_certificate_in_the_chain_is_found() -> None:
    assert status(revoked=f"{support.v2g().issuer.serial_number:x}") == "CertificateRevoked"


def test_an_expired_one_is_said_to_be() -> None:
    assert status(now=support.NOW + 2 * DAY) == "CertificateExpired"


@pytest.mark.parametrize(
    ("chain", "roots"),
    [
        (CHAIN, []),
        (CHAIN, [support.operator().root]),
        (pem.write([LEAF]), None),
        (pem.write([LEAF, *reversed(support.v2g().below_root)]), None),
        (pem.write([LEAF, support.operator().issuer]), [support.operator().root]),
        ("nonsense", None),
    ],
    ids=["no root", "wrong root", "gap", "wrong order", "forged", "nonsense"],
)
def test_what_leads_to_no_root_of_ours_is_a_chain_error(chain: str, roots: list[x509.Certificate] | None) -> None:
    assert status(chain, roots=roots) == "CertChainError"


def test_one_that_is_not_valid_yet_is_a_chain_error() -> None:
    assert status(now=support.NOW - DAY) == "CertChainError"
