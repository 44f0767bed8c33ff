"""What drivers want to know of a site: when it is open, what is there, who helps. Words as in OCPI 2.2 (Location).

Times of day are local to the site.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

Line = Annotated[str, msgspec.Meta(max_length=255)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)|^24:00$(?!\n)")]
Url = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^https://[^\s/@?#]+([/?][^\s#]*)?$(?!\n)")]

Facility: TypeAlias = Literal[
    "HOTEL",
    "RESTAURANT",
    "CAFE",
    "MALL",
    "SUPERMARKET",
    "SPORT",
    "RECREATION_AREA",
    "NATURE",
    "MUSEUM",
    "BIKE_SHARING",
    "BUS_STOP",
    "TAXI_STAND",
    "TRAM_STOP",
    "METRO_STATION",
    "TRAIN_STATION",
    "AIRPORT",
    "PARKING_LOT",
    "CARPOOL_PARKING",
    "FUEL_STATION",
    "WIFI",
]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Open on a weekday (1 = Monday) from `begin` to `end`, which may be 24:00."""

    weekday: Annotated[int, msgspec.Meta(ge=1, le=7)]
    begin: Clock
    end: Clock


class OpeningHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Always, or at these times; a site without any is open always."""

    twentyfourseven: bool = True
    regular_hours: Annotated[tuple[Hours, ...], msgspec.Meta(max_length=50)] = ()


class Image(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A picture that browsers fetch from elsewhere."""

    url: Url
    category: Literal["CHARGER", "ENTRANCE", "LOCATION", "NETWORK", "OPERATOR", "OTHER", "OWNER"] = "LOCATION"


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom drivers call."""

    name: Line = ""
    phone: Line = ""
    email: Line = ""
    website: Url | None = None


def wrong(hours: OpeningHours | None) -> str | None:
    """Why opening hours cannot be: they contradict themselves, end before they begin, or overlap. None if all is well.

    What is open over midnight is two entries: to 24:00, and from 00:00 of the next day.
    """
    if hours is None:
        return None
    if hours.twentyfourseven:
        return "open always has no regular_hours: set twentyfourseven to false" if hours.regular_hours else None
    if not hours.regular_hours:
        return "without twentyfourseven, regular_hours say when it is open"
    known: dict[int, str] = {}
    for each in sorted(hours.regular_hours, key=lambda each: (each.weekday, each.begin)):
        if each.end <= each.begin:
            return f"weekday {each.weekday}: {each.begin} to {each.end} ends before it begins; split it at 24:00"
        if each.begin < known.get(each.weekday, ""):
            return f"weekday {each.weekday}: {each.begin} to {each.end} overlaps the time before it"
        known[each.weekday] = each.end
    return None
