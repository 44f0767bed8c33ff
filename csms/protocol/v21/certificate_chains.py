"""OCPP 2.1 certificates: whether those of a whole chain are good still. The rest is shared with 2.0.1."""

from collections.abc import Mapping
from typing import Any

from csms.domain import facts
from csms.protocol import certificates, fields, times, versions


def _asked(report: fields.Fields) -> facts.CertificateStatusRequest:
    asked = tuple(
        facts.StatusQuestion(
            certificates.hash_data(each.whole("certificateHashData")),
            each.words("source"),
            tuple(url for url in each.payload.get("urls", ()) if isinstance(url, str)),
            word_only=True,
        )
        for each in report.parts("certificateStatusRequests")
    )
    if not asked:
        raise fields.FieldError("certificateStatusRequests")
    return facts.CertificateStatusRequest(asked=asked, suspect=report.suspect)


def _told(answer: facts.Answer) -> dict[str, Any]:
    assert isinstance(answer, facts.CertificateStatusAnswer)
    return {
        "certificateStatus": [
            {
                "certificateHashData": {
                    "hashAlgorithm": each.asked.hash_algorithm,
                    "issuerNameHash": each.asked.issuer_name_hash,
                    "issuerKeyHash": each.asked.issuer_key_hash,
                    "serialNumber": each.asked.serial_number,
                },
                "source": each.source,
                "status": each.status,
                "nextUpdate": times.write(each.until),
            }
            for each in answer.found
        ]
    }


INCOMING: Mapping[str, versions.Incoming] = {"GetCertificateChainStatus": versions.Incoming(_asked, _told)}
