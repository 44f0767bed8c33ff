"""Known deviations of real chargers that may be let through (rule 17): their names, and which charger is allowed what.

What each one means for a payload is csms/protocol/quirks.py. A charger is registered with a set of its own, or takes
the one for its vendor, so that a new deviation costs a name here and not a new release of a charger. Pure.
"""

import enum
from collections.abc import Iterable, Mapping


class Quirk(enum.Enum):
    """One kind of deviation; `reason` says why it may be let through."""

    LONG_TEXT = "long_text"
    EXTRA_FIELDS = "extra_fields"
    UNKNOWN_WORDS = "unknown_words"
    OBJECT_DATA = "object_data"
    NULL_FIELDS = "null_fields"
    MISTYPED_VALUES = "mistyped_values"
    SINGLE_FOR_LIST = "single_for_list"

    @property
    def reason(self) -> str:
        """What is let through, and why that does no harm."""
        return _REASONS[self]


_REASONS: Mapping[Quirk, str] = {
    Quirk.LONG_TEXT: "Over-long serials, infos and vendor codes: people read them. Tokens keep their limit.",
    Quirk.EXTRA_FIELDS: "Fields that the schema does not know: they are left out.",
    Quirk.UNKNOWN_WORDS: 'Words missing in a descriptive list (errorCode "Error", unit "Hz"): people read them.'
    " A status must still be a known one.",
    Quirk.OBJECT_DATA: "Any JSON instead of a text in DataTransfer.data: it is kept as JSON text.",
    Quirk.NULL_FIELDS: "null for a field that should have been left out: it counts as left out.",
    Quirk.MISTYPED_VALUES: 'A number for a text or a text for a number (604.2 for "604.2", "1" for 1): only one can be'
    " meant.",
    Quirk.SINGLE_FOR_LIST: "An object instead of a list of objects: it counts as a list of one.",
}

TOLERANT = frozenset({Quirk.LONG_TEXT, Quirk.EXTRA_FIELDS, Quirk.UNKNOWN_WORDS, Quirk.OBJECT_DATA, Quirk.NULL_FIELDS})
"""What every charger is allowed that has no set of its own: text for people, not what energy is computed from."""
STRICT: frozenset[Quirk] = frozenset()
"""For certification."""

VENDORS: Mapping[str, frozenset[Quirk]] = {
    "huawei": TOLERANT | {Quirk.SINGLE_FOR_LIST},  # its meterValue: github.com/lbbrhzn/ocpp/issues/1144
    "openevse": TOLERANT | {Quirk.MISTYPED_VALUES},  # its sampled values: github.com/lbbrhzn/ocpp/issues/210
}
"""Vendor, as in BootNotification and in lower case -> what its chargers are allowed besides."""


def allowed(own: Iterable[str] | None, vendor: str | None) -> frozenset[Quirk]:
    """What a charger may deviate in: its own set (names), else that for its vendor. Raises ValueError for no quirk."""
    if own is not None:
        return frozenset(map(Quirk, own))
    return VENDORS.get((vendor or "").casefold(), TOLERANT)


def unknown(names: Iterable[str]) -> list[str]:
    """Those of these names that no quirk has."""
    return [name for name in names if name not in NAMES]


NAMES = tuple(each.value for each in Quirk)
