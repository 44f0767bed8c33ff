"""Our connector numbers and OCPP 2.x's EVSEs: every connector has one number, whatever was registered."""

import pytest

from csms.domain import topology

FLAT = topology.of([(1, [1]), (2, [2])])
TWO_PLUGS = topology.of([(1, [1, 2]), (2, [1])])
THROUGH = topology.of([(1, [1, 2]), (2, [3])])
GAPS = topology.of([(1, [1]), (3, [3])])
UNKNOWN = topology.Topology()


@pytest.mark.parametrize(
    ("known", "number", "place"),
    [
        (FLAT, 1, (1, 1)),
        (FLAT, 2, (2, 1)),
        (TWO_PLUGS, 2, (1, 2)),
        (TWO_PLUGS, 3, (2, 1)),
        (THROUGH, 3, (2, 1)),
        (GAPS, 3, (3, 1)),
        (UNKNOWN, 2, (2, 1)),
        (UNKNOWN, 2001, (1, 2)),
        (FLAT, 2001, (1, 2)),
        (GAPS, 2, (2, 1)),
        (FLAT, 0, (0, 0)),
    ],
)
def test_a_number_means_one_place_and_back(known: topology.Topology, number: int, place: topology.Place) -> None:
    assert known.evse(number) == place
    assert known.connector(*place) == number


def test_an_unregistered_evse_never_takes_a_registered_number() -> None:
    assert TWO_PLUGS.connector(3, 1) == 1003
    assert TWO_PLUGS.evse(1003) == (3, 1)


def test_a_report_without_a_connector_is_about_the_only_one() -> None:
    assert TWO_PLUGS.connector(2) == 3
    assert TWO_PLUGS.connector(2, 0) == 3
    assert TWO_PLUGS.connector(1) is None
    assert UNKNOWN.connector(7) == 7


def test_an_evse_s_report_is_about_all_its_connectors() -> None:
    assert TWO_PLUGS.connectors(1) == (1, 2)
    assert UNKNOWN.connectors(7) == (7,)
    assert TWO_PLUGS.connectors(0) == (0,)


@pytest.mark.parametrize(
    ("known", "evse_id", "connector_id", "place"),
    [
        (TWO_PLUGS, None, None, None),
        (TWO_PLUGS, None, 3, (2, 1)),
        (TWO_PLUGS, 1, None, (1, 0)),
        (TWO_PLUGS, 1, 2, (1, 2)),
        (TWO_PLUGS, 2, 1, (2, 1)),
        (TWO_PLUGS, 2, 3, (2, 1)),
        (FLAT, 2, 2, (2, 1)),
        (FLAT, 2, 1, (2, 1)),
        (FLAT, None, 0, (0, 0)),
        (FLAT, 0, None, (0, 0)),
        (UNKNOWN, 4, 2, (4, 2)),
    ],
)
def test_an_order_may_name_a_connector_by_our_number_or_within_its_evse(
    known: topology.Topology, evse_id: int | None, connector_id: int | None, place: topology.Place | None
) -> None:
    assert known.place(evse_id, connector_id) == place
