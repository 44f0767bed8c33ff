"""Payments at the charger: settlements are kept without whose they are, VAT numbers are answered."""

import json
from typing import Any

import pytest

from csms.domain import facts
from csms.protocol import frames
from tests.csms.protocol.support import AT, V21, frame, heard
from tests.csms.protocol.v21.holding import Holding

SETTLED = {
    "pspRef": "psp-4711",
    "status": "Settled",
    "settlementAmount": 396.10,
    "settlementTime": AT,
    "transactionId": "tx-1",
    "vatNumber": "DE136695976",
    "vatCompany": {"name": "Meyer", "address1": "Gasse 1", "city": "Ulm", "country": "DE"},
}


def test_a_settlement_is_kept_without_names_and_its_reference_is_a_token() -> None:
    notice = Holding().says("NotifySettlement", SETTLED)
    assert notice.tokens == {"pspRef": facts.IdToken("psp-4711", "DirectPayment")}
    kept = json.loads(notice.payload or "")
    assert kept["vatCompany"] == {"country": "DE"}
    assert kept["settlementAmount"] == 396.10
    for secret in ("psp-4711", "DE136695976", "Meyer", "Gasse", "Ulm"):
        assert secret not in (notice.payload or "")


def test_an_amount_is_kept_as_it_was_written() -> None:
    text = frame("NotifySettlement", SETTLED).replace("396.1", "396.10")
    notice = heard(text, V21)
    assert isinstance(notice, facts.Notification)
    assert '"settlementAmount":396.10' in (notice.payload or "")


@pytest.mark.parametrize(
    ("reason", "evse_id", "told"),
    [
        ("", None, {"status": "Accepted"}),
        ("", 2, {"status": "Accepted", "evseId": 2}),
        ("format", None, {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidFormat"}}),
        ("check_digits", 0, {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidCheckDigits"}, "evseId": 0}),
        ("unknown_country", None, {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownCountry"}}),
    ],
)
def test_a_vat_number_is_answered_as_it_was_asked(reason: str, evse_id: int | None, told: dict[str, Any]) -> None:
    answer = facts.VatAnswer("DE 136695976", reason, evse_id)
    payload = json.loads(V21.reply(frames.Call("7", "VatNumberValidation", {}), answer))[2]
    assert payload == {"vatNumber": "DE 136695976", **told}
    assert V21.validators.response_faults("VatNumberValidation", payload) == ()


def test_a_vat_number_is_a_question() -> None:
    fact = heard(frame("VatNumberValidation", {"vatNumber": "DE136695976", "evseId": 1}), V21)
    assert fact == facts.VatNumber(number="DE136695976", evse_id=1)
