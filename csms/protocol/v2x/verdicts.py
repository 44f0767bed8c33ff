"""OCPP 2.x: the word of an answer that counts, where it does not stand in a field of its own."""

from collections.abc import Mapping
from typing import Any

RESULTS: Mapping[str, tuple[str, str]] = {
    "SetVariables": ("setVariableResult", "attributeStatus"),
    "SetVariableMonitoring": ("setMonitoringResult", "status"),
    "ClearVariableMonitoring": ("clearMonitoringResult", "status"),
    "ClearTariffs": ("clearTariffsResult", "status"),
}
"""Action -> the list of results in its answer, and the word in each."""

_AGREED = ("Accepted", "RebootRequired")
"""Words that refuse nothing, the least telling first."""


def verdict(action: str, response: dict[str, Any]) -> str | None:
    """The status word; of several results the worst one. "" = there should be one, and it cannot be read."""
    if action not in RESULTS:
        word = response.get("status")
        return word if isinstance(word, str) else None
    name, field = RESULTS[action]
    results = response.get(name)
    words = [each.get(field) for each in results if isinstance(each, dict)] if isinstance(results, list) else []
    if not words or not all(isinstance(word, str) for word in words):
        return ""
    return max(words, key=lambda word: _AGREED.index(word) if word in _AGREED else len(_AGREED))
