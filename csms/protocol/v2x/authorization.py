"""OCPP 2.x authorization: may this token charge, and forget what was cached."""

from collections.abc import Mapping
from typing import Any

from csms.domain import commands, facts
from csms.protocol import certificates, fields, versions
from csms.protocol.v2x import answers


def id_token(given: fields.Fields) -> facts.IdToken:
    """An IdTokenType. Raises FieldError. Of an empty one only its type says something (NoAuthorization)."""
    return facts.IdToken(given.words("idToken"), given.words("type"))


def _authorize(report: fields.Fields) -> facts.Authorize:
    return facts.Authorize(
        id_token=id_token(report.whole("idToken")),
        certificate=report.text("certificate"),
        certificate_hashes=tuple(map(certificates.hash_data, report.parts("iso15118CertificateHashData"))),
        suspect=report.suspect,
    )


def _incoming(longest: int) -> Mapping[str, versions.Incoming]:
    """The rows of a version whose tokens have up to `longest` characters."""

    def authorized(answer: facts.Answer) -> dict[str, Any]:
        assert isinstance(answer, facts.AuthorizeAnswer)
        info = answers.token_info(answer.info, longest)
        if answer.message is not None:
            info["personalMessage"] = answers.message(answer.message)
        told: dict[str, Any] = {"idTokenInfo": info}
        return told if answer.certificate_status is None else {**told, "certificateStatus": answer.certificate_status}

    return {"Authorize": versions.Incoming(_authorize, authorized)}


def _clear_cache(_: commands.ClearCache) -> dict[str, Any]:
    return {}


INCOMING, INCOMING_21 = _incoming(answers.LONGEST_201), _incoming(answers.LONGEST_21)

OUTGOING: Mapping[type[commands.Command], versions.Outgoing] = {
    commands.ClearCache: versions.Outgoing("ClearCache", _clear_cache)
}
