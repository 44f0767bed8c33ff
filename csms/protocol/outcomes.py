"""What a charger's answer says became of a command; called by versions.Version. Any payload is survived.

`status` is the answer's own word in our spelling. Answers without a status word (GetConfiguration) are "accepted".
"""

from collections.abc import Callable, Mapping
from typing import Any

from csms.domain import commands, secrets
from csms.protocol import frames, jsontext, schemas

_AGREED = frozenset({"Accepted", "AcceptedCanceled", "Scheduled", "RebootRequired", "Unlocked"})
"""Words that say yes, whatever they answer."""

_DONE: Mapping[str, str] = {
    "GetBaseReport": "EmptyResultSet",
    "GetChargingProfiles": "NoProfiles",
    "GetDERControl": "NotFound",
    "GetDisplayMessages": "Unknown",
    "GetInstalledCertificateIds": "NotFound",
    "GetMonitoringReport": "EmptyResultSet",
    "GetReport": "EmptyResultSet",
    "GetTariffs": "NoTariff",
    "UnpublishFirmware": "Unpublished",
}
"""Action -> the word that says in its own way that it was done, or that there is nothing of what was asked for.

Every other word of an answer means that the charger said no.
"""

_SYNONYMS = {"Unlocked": "accepted"}


def of_result(
    action: str,
    payload: Any,
    faults: tuple[schemas.SchemaFault, ...],
    verdict: Callable[[str, dict[str, Any]], str | None],
) -> commands.Outcome:
    """Read a CALLRESULT's payload; `verdict` finds the word that counts, "" where it cannot be read.

    What can be understood of an invalid one counts; `detail` tells what was wrong.
    """
    detail = _complaint(action, faults)
    try:
        response = jsontext.plain(payload)
    except jsontext.JsonError as error:
        return commands.Outcome(status="error", detail=f"The answer to {action} holds {error}.")
    if not isinstance(response, dict):
        return commands.Outcome(status="error", detail=detail)
    if any(fault.path == ("status",) for fault in faults):
        return commands.Outcome(status="error", detail=detail, response=response)
    word = verdict(action, response)
    if word == "":
        return commands.Outcome(status="error", detail=detail, response=response)
    if word is None:
        return commands.Outcome(status="accepted", detail=detail, response=response)
    refused = word not in _AGREED and _DONE.get(action) != word
    return commands.Outcome(status=_status(word), refused=refused, detail=detail, response=response)


def agreed(outcome: commands.Outcome) -> bool:
    """Whether the charger said yes."""
    return not outcome.refused and outcome.status != "error"


def of_error(action: str, error: frames.CallError) -> commands.Outcome:
    """Read a CALLERROR: the charger did not do it, and said so in the protocol's words rather than in an answer's."""
    response = {"error_code": error.code, "error_description": error.description, "error_details": error.details}
    told = secrets.shown(f"The charger answered {action} with {error.code}: {error.description}")
    return commands.Outcome(status="error", detail=told.removesuffix(": "), response=response)


def _status(word: str) -> str:
    return _SYNONYMS.get(word) or schemas.snake(word)


def _complaint(action: str, faults: tuple[schemas.SchemaFault, ...]) -> str:
    if not faults:
        return ""
    return f"The charger's answer to {action} is not valid: {'; '.join(fault.describe() for fault in faults[:5])}"
