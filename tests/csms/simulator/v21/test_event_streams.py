"""Event streams: values are collected and said together, beside an open call, and lost where nobody hears them."""

import itertools
from typing import Any

import pytest

from csms.simulator.v2x.dialect import Dialect2x
from csms.simulator.v2x.station import Station
from csms.simulator.v21.event_streams import Stream, Streams
from tests.csms.simulator.world import World, be_silent

ACCEPTED = {"status": "Accepted"}


def station_of(world: World) -> Station:
    dialect = world.charger.dialect
    assert isinstance(dialect, Dialect2x)
    return dialect.station


@pytest.fixture
def world() -> World:
    world = World(protocol="2.1")
    world.answers["OpenPeriodicEventStream"] = ACCEPTED
    return world


def opened(world: World, every: float = 20, **params: int) -> Stream:
    numbers = itertools.count(1)
    stream = station_of(world).own(Streams).open(41, lambda: str(next(numbers)), every=every, **params)
    world.talk()
    return stream


def values(world: World) -> list[list[Any]]:
    return [[point["v"] for point in payload["data"]] for _, payload in world.said]


def test_values_are_said_together_with_their_times(world: World) -> None:
    opened(world, interval=60, values=3)
    [asked] = world.calls("OpenPeriodicEventStream")
    assert asked["constantStreamData"] == {"id": 1, "variableMonitoringId": 41, "params": {"interval": 60, "values": 3}}
    world.run(119)
    assert values(world) == [["1", "2", "3"]]
    [(action, payload)] = world.said
    assert action == "NotifyPeriodicEventStream"
    assert [point["t"] for point in payload["data"]] == [0, 20, 40]


def test_fewer_values_are_said_when_the_interval_is_over(world: World) -> None:
    opened(world, every=20, interval=30, values=10)
    world.run(61)
    assert values(world) == [["1", "2", "3"]]


def test_a_periodic_monitor_with_a_stream_says_nothing_else_until_it_is_cleared(world: World) -> None:
    monitored = {"component": {"name": "ChargingStation"}, "variable": {"name": "Temperature"}}
    data = {
        **monitored,
        "type": "Periodic",
        "value": 10,
        "severity": 5,
        "periodicEventStream": {"interval": 60, "values": 2},
    }
    [result] = world.order("SetVariableMonitoring", setMonitoringData=[data])["setMonitoringResult"]
    world.run(50)
    assert [len(each) for each in values(world)] == [2, 2]
    assert world.calls("OpenPeriodicEventStream")[0]["constantStreamData"]["variableMonitoringId"] == result["id"]
    assert world.calls("NotifyEvent") == []
    world.order("ClearVariableMonitoring", id=[result["id"]])
    world.run(50)
    assert len(world.said) == 2
    assert world.calls("ClosePeriodicEventStream") == [{"id": 1}]


def test_a_refused_stream_says_nothing(world: World) -> None:
    world.answers["OpenPeriodicEventStream"] = {"status": "Rejected"}
    opened(world, every=1)
    world.run(10)
    assert world.said == []


def test_it_is_said_beside_an_open_call(world: World) -> None:
    opened(world, every=5, interval=5)
    world.answers["Heartbeat"] = be_silent
    world.charger.heartbeat()
    world.run(12)
    assert values(world) == [["1"], ["2"]]


def test_what_nobody_hears_is_lost(world: World) -> None:
    opened(world, every=10)
    world.run(11)
    world.disconnect()
    world.run(10)
    world.connect()
    world.run(10)
    assert values(world) == [["1"], ["3"]]


def test_streams_are_listed_adjusted_and_closed(world: World) -> None:
    stream = opened(world, every=2, interval=10)
    assert world.order("AdjustPeriodicEventStream", id=1, params={"interval": 2}) == ACCEPTED
    assert world.order("AdjustPeriodicEventStream", id=9, params={})["status"] == "Rejected"
    assert world.order("GetPeriodicEventStream") == {"constantStreamData": [stream.described()]}
    assert stream.described()["params"] == {"interval": 2, "values": 1}
    world.run(5)
    assert len(world.said) == 2
    station_of(world).own(Streams).close(1)
    world.run(5)
    assert len(world.said) == 2
    assert world.calls("ClosePeriodicEventStream") == [{"id": 1}]
    assert world.order("GetPeriodicEventStream") == {}
