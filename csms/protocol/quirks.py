"""Known deviations of real chargers that are let through (rule 17); a charger or vendor may be given another set.

Everything here is harmless: it concerns text that people read, not what sessions and energy are computed from. So all
are on by default; STRICT is for certification.
"""

import enum

from csms.protocol import schemas


class Quirk(enum.Enum):
    """One kind of deviation."""

    LONG_TEXT = "long_text"
    """Over-long serials, infos and vendor codes; tokens keep their limit (rule 29)."""
    EXTRA_FIELDS = "extra_fields"
    """Fields that the schema does not know; they are left out."""
    UNKNOWN_WORDS = "unknown_words"
    """Words missing in a descriptive list: errorCode "Error", unit "Hz". A status must still be a known one."""
    OBJECT_DATA = "object_data"
    """Any JSON instead of a string in DataTransfer.data; it is kept as JSON text."""


TOLERANT = frozenset(Quirk)
STRICT: frozenset[Quirk] = frozenset()

_TOKENS = frozenset({"idTag", "parentIdTag"})
_DESCRIPTIVE = frozenset({"errorCode", "unit", "measurand", "context", "location", "phase", "format", "reason"})


def forgives(quirks: frozenset[Quirk], action: str, fault: schemas.SchemaFault) -> bool:
    """Whether this set of quirks covers this fault."""
    return _quirk(action, fault) in quirks


def _quirk(action: str, fault: schemas.SchemaFault) -> Quirk | None:
    match fault.kind:
        case "unknown_field":
            return Quirk.EXTRA_FIELDS
        case "length" if fault.field not in _TOKENS:
            return Quirk.LONG_TEXT
        case "value" if fault.field in _DESCRIPTIVE:
            return Quirk.UNKNOWN_WORDS
        case "type" if action == "DataTransfer" and fault.path == ("data",):
            return Quirk.OBJECT_DATA
        case _:
            return None
