"""What a charger's answer says became of a command; called by versions.Version. Any payload is survived.

`status` is the answer's own word in our spelling. Answers without a status word (GetConfiguration) are "accepted".
"""

from collections.abc import Callable
from typing import Any

from csms.domain import commands
from csms.protocol import frames, jsontext, schemas

AGREED = frozenset({"accepted", "scheduled", "reboot_required"})
"""Every other word of an answer means that the charger said no."""

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
    status = "accepted" if word is None else _status(word)
    return commands.Outcome(status=status, refused=status not in AGREED, detail=detail, response=response)


def of_error(action: str, error: frames.CallError) -> commands.Outcome:
    """Read a CALLERROR: the charger did not do it, and said so in the protocol's words rather than in an answer's."""
    response = {"error_code": error.code, "error_description": error.description, "error_details": error.details}
    told = f"The charger answered {action} with {error.code}: {error.description}"
    return commands.Outcome(status="error", detail=told.removesuffix(": "), response=response)


def _status(word: str) -> str:
    return _SYNONYMS.get(word) or schemas.snake(word)


def _complaint(action: str, faults: tuple[schemas.SchemaFault, ...]) -> str:
    if not faults:
        return ""
    return f"The charger's answer to {action} is not valid: {'; '.join(fault.describe() for fault in faults[:5])}"
