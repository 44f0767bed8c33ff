"""Where on Earth something is, and how far that is from somebody. Degrees of WGS 84; pure."""

import math
from typing import NamedTuple

EARTH_KM = 6371.0088
"""The mean radius: distances are right to half a percent."""
_DEGREE_KM = math.pi * EARTH_KM / 180
_POLE = 89.9
"""Beyond it a circle has every longitude."""


class Point(NamedTuple):
    """A place."""

    latitude: float
    longitude: float


class Box(NamedTuple):
    """Between two longitudes and two latitudes; `west` > `east` where it lies across the date line."""

    west: float
    south: float
    east: float
    north: float

    def has(self, point: Point) -> bool:
        """Whether a place is inside, or on its edge."""
        if not self.south <= point.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= point.longitude <= self.east
        return point.longitude >= self.west or point.longitude <= self.east


class Circle(NamedTuple):
    """As far as `radius_km` from a place."""

    centre: Point
    radius_km: float

    @property
    def box(self) -> Box:
        """A box around it."""
        (latitude, longitude), reach = self.centre, self.radius_km / _DEGREE_KM
        south, north = max(-90.0, latitude - reach), min(90.0, latitude + reach)
        farthest = max(abs(south), abs(north))
        wide = 180.0 if farthest > _POLE else reach / math.cos(math.radians(farthest))
        if wide >= 180:
            return Box(-180.0, south, 180.0, north)
        return Box(_wrapped(longitude - wide), south, _wrapped(longitude + wide), north)


def _wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def distance_km(one: Point, other: Point) -> float:
    """Along the surface (haversine)."""
    (first, west), (second, east) = (map(math.radians, point) for point in (one, other))
    half = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin((east - west) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
