"""OCPP 2.x customer information: what a charger knows of a customer. Personal data, so none of it goes to the log."""

from collections.abc import Mapping

from csms.domain import charger, facts
from csms.protocol import fields, jsontext, notices, versions


def _notified(report: fields.Fields) -> facts.CustomerData:
    told = notices.plain(report.payload)
    return facts.CustomerData(
        action="NotifyCustomerInformation",
        payload=jsontext.encode(told | {"data": charger.MASK}),
        request_id=report.number("requestId"),
        number=report.number("seqNo", 0),
        data=report.words("data"),
        last=not told.get("tbc", False),
        generated_at=report.words("generatedAt"),
        suspect=report.suspect,
    )


INCOMING: Mapping[str, versions.Incoming] = {"NotifyCustomerInformation": versions.Incoming(_notified, notices.empty)}

CALLS: Mapping[str, versions.Learn] = {"CustomerInformation": versions.nothing}
"""What the charger knows comes in NotifyCustomerInformation."""
