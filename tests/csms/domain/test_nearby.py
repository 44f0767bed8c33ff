"""Places on Earth: how far, and whether inside of something."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms.domain import nearby
from csms.domain.nearby import Box, Circle, Point

DEGREE_KM = 111.195
points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (Point(0, 0), Point(1, 0), DEGREE_KM),
        (Point(60, 10), Point(60, 11), DEGREE_KM / 2),
        (Point(0, 179.5), Point(0, -179.5), DEGREE_KM),
        (Point(90, 0), Point(-90, 77), 180 * DEGREE_KM),
        (Point(5, 5), Point(5, 5), 0),
    ],
)
def test_distances(one: Point, other: Point, km: float) -> None:
    assert nearby.distance_km(one, other) == pytest.approx(km, rel=1e-3)


def test_a_box_may_lie_across_the_date_line() -> None:
    box = Box(170, -10, -170, 10)
    assert box.has(Point(0, 175))
    assert box.has(Point(10, -175))
    assert not box.has(Point(0, 0))
    assert not box.has(Point(11, 175))


@settings(deadline=None)
@given(points, points, st.floats(0.1, 20_000))
def test_what_is_in_a_circle_is_in_its_box(centre: Point, place: Point, radius_km: float) -> None:
    circle = Circle(centre, radius_km)
    if nearby.distance_km(centre, place) <= radius_km * 0.999:
        assert circle.box.has(place), (circle.box, math.degrees(radius_km / nearby.EARTH_KM))
