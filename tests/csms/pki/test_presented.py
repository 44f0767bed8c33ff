"""Whose certificate it is (rule 53)."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from csms.pki import authority, errors, presented, requests
from tests.csms.pki import support


def shown(common_name: str | None = support.SERIAL, organisation: str | None = support.OWNER) -> presented.Presented:
    request = requests.read(support.request(common_name, organisation))
    made = authority.sign_charger(support.operator(), request, support.NOW, timedelta(days=1))
    return presented.read(made.public_bytes(serialization.Encoding.DER))


def test_rule_53_serial_number_and_operator_are_right() -> None:
    assert presented.objection(shown(), [support.SERIAL], support.OWNER) is None


@pytest.mark.parametrize(
    ("found", "names", "why"),
    [
        (shown("SN-0002"), [support.SERIAL], "'SN-0002'"),
        (shown("CP-01"), [support.SERIAL], "serial number is 'SN-0001'"),
        (shown(None), [support.SERIAL], "None"),
        (shown(organisation="Somebody"), [support.SERIAL], "'Somebody'"),
        (shown(organisation=None), [support.SERIAL], "None"),
        (shown(), [], "set serial_number"),
    ],
    ids=["another's", "the identity", "nobody's", "another operator's", "no operator's", "unknown"],
)
def test_anything_else_is_not_this_chargers(found: presented.Presented, names: list[str], why: str) -> None:
    told = presented.objection(found, names, support.OWNER)
    assert told is not None
    assert why in told


def test_what_is_no_certificate_is_refused() -> None:
    with pytest.raises(errors.BadCertificate):
        presented.read(b"nonsense")
