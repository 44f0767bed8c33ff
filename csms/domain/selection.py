"""Which chargers somebody means: by what they are, where they stand, or by name; for campaigns and templates. Pure."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A charger, as far as it can be selected by."""

    id: str
    station_id: str | None = None
    protocol: str | None = None
    vendor: str | None = None
    model: str | None = None
    firmware_version: str | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Chargers that fulfil everything that is named here; nothing named = all. Words in whatever case."""

    vendor: Word | None = None
    model: Word | None = None
    protocol: Word | None = None
    from_version: Word | None = None
    """The firmware that they have."""
    station_ids: tuple[Word, ...] | None = None
    charger_ids: tuple[Word, ...] | None = None

    @property
    def weight(self) -> int:
        """How particular it is: a charger's name outweighs its station, that its model, vendor and protocol."""
        ranks = (self.charger_ids, self.station_ids, self.from_version, self.model, self.vendor, self.protocol)
        return sum(1 << rank for rank, named in enumerate(reversed(ranks)) if named is not None)


def matches(selection: Selection, subject: Subject) -> bool:
    """Whether the charger is one of them."""
    return (
        _same(selection.vendor, subject.vendor)
        and _same(selection.model, subject.model)
        and _same(selection.protocol, subject.protocol)
        and _same(selection.from_version, subject.firmware_version)
        and _among(selection.station_ids, subject.station_id)
        and _among(selection.charger_ids, subject.id)
    )


def selected(selection: Selection, subjects: Iterable[Subject]) -> list[Subject]:
    """Those of these chargers."""
    return [subject for subject in subjects if matches(selection, subject)]


def _same(wanted: str | None, found: str | None) -> bool:
    return wanted is None or (found is not None and wanted.casefold() == found.casefold())


def _among(wanted: tuple[str, ...] | None, found: str | None) -> bool:
    return wanted is None or (found is not None and found.casefold() in {each.casefold() for each in wanted})
