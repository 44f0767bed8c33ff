"""OCPP 2.1 payments at the charger: settlements of its terminal, VAT numbers to check, web payments that have begun.

A settlement is a report: the reference of the payment counts as the token that it is (type DirectPayment), and of a
company's data, which may be a person's, only the country is kept. Card data never comes here.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts
from csms.protocol import fields, jsontext, notices, versions

_OF_PERSONS = frozenset({"pspRef", "vatNumber", "vatCompany"})


def _settled(report: fields.Fields) -> facts.Notification:
    notices.plain(report.payload)  # refuses what nobody could read again; the amount is kept as it was written
    told = {name: value for name, value in report.payload.items() if name not in _OF_PERSONS}
    company = report.part("vatCompany")
    if company is not None:
        told["vatCompany"] = {"country": company.words("country")}
    return facts.Notification(
        action="NotifySettlement",
        payload=jsontext.encode(told),
        tokens={"pspRef": facts.IdToken(report.words("pspRef"), "DirectPayment")},
        suspect=report.suspect,
    )


def _vat_number(report: fields.Fields) -> facts.VatNumber:
    return facts.VatNumber(
        number=report.words("vatNumber"), evse_id=report.integer("evseId", 0), suspect=report.suspect
    )


def _verdict(answer: facts.Answer) -> dict[str, Any]:
    """The company behind the number is for a register to say, which we do not ask."""
    assert isinstance(answer, facts.VatAnswer), "what a VatNumber is answered"
    told: dict[str, Any] = {"vatNumber": answer.number, "status": "Rejected" if answer.reason else "Accepted"}
    if answer.evse_id is not None:
        told["evseId"] = answer.evse_id
    if answer.reason:
        told["statusInfo"] = {"reasonCode": _REASONS.get(answer.reason, answer.reason)}
    return told


_REASONS = {"unknown_country": "UnknownCountry", "format": "InvalidFormat", "check_digits": "InvalidCheckDigits"}
"""At most 20 characters each."""

INCOMING: Mapping[str, versions.Incoming] = {
    "NotifySettlement": versions.Incoming(_settled, notices.empty),
    "VatNumberValidation": versions.Incoming(_vat_number, _verdict),
}

CALLS: Mapping[str, versions.Learn] = {"NotifyWebPaymentStarted": versions.nothing}
