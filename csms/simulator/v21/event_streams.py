"""Periodic event streams of a 2.1 charger: values of monitored variables, collected and sent without wanting an answer.

A periodic monitor that is set with a stream opens one, and says nothing else; cleared, it closes it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

from csms.simulator import agenda, clock
from csms.simulator.messages import Message, Payload
from csms.simulator.v2x import commands, monitoring
from csms.simulator.v2x.monitors import Monitor, Monitors
from csms.simulator.v2x.station import Station

_PERIODIC = ("Periodic", "PeriodicClockAligned")
_SHORTEST_S = 0.1


class Stream:
    """One stream: a value every `every` seconds; sent when there are `values` of them or the interval is over."""

    def __init__(self, station: Station, stream_id: int, monitor_id: int, read: Callable[[], str]) -> None:
        self.id = stream_id
        self.monitor_id = monitor_id
        self.interval, self.values, self.every = 60, 1, 60.0
        self.said = 0
        """How often it said something."""
        self._station = station
        self._read = read
        self._points: list[tuple[float, str]] = []
        self._next: agenda.Entry | None = None

    def described(self) -> Payload:
        """Its constantStreamData."""
        params = {"interval": self.interval, "values": self.values}
        return {"id": self.id, "variableMonitoringId": self.monitor_id, "params": params}

    def start(self) -> None:
        """Begin, or go on with other parameters."""
        self.stop()
        charger = self._station.charger
        self._next = charger.agenda.at(charger.now() + self.every, self._collect)

    def stop(self) -> None:
        """Collect no more."""
        if self._next is not None:
            self._next.cancel()

    def _collect(self) -> None:
        self._points.append((self._station.charger.now(), self._read()))
        now, (first, _) = self._station.charger.now(), self._points[0]
        if len(self._points) >= self.values or now - first >= self.interval:
            self._send()
        self.start()

    def _send(self) -> None:
        """What nobody can hear is lost: streams are for the moment."""
        points, self._points = self._points, []
        base = points[0][0]
        data = [{"t": round(at - base, 3), "v": value} for at, value in points]
        payload = {"id": self.id, "pending": 0, "basetime": clock.stamp(base), "data": data}
        self._station.charger.exchange.say("NotifyPeriodicEventStream", payload)
        self.said += 1


class Streams:
    """The open streams of a charger, by id."""

    def __init__(self, station: Station) -> None:
        self.open_: dict[int, Stream] = {}
        self._station = station
        self._ids = itertools.count(1)

    def open(
        self, monitor_id: int, read: Callable[[], str], *, every: float, interval: int = 60, values: int = 1
    ) -> Stream:
        """Ask for a stream of what `read` gives; it begins when the central system has agreed."""
        stream = Stream(self._station, next(self._ids), monitor_id, read)
        stream.every, stream.interval, stream.values = every, interval, values
        asked = Message("OpenPeriodicEventStream", {"constantStreamData": stream.described()}, self._begin(stream))
        self._station.charger.exchange.outbox.add_notice(asked)
        return stream

    def close(self, stream_id: int) -> None:
        """End one, and say so."""
        self.open_.pop(stream_id).stop()
        self._station.tell("ClosePeriodicEventStream", {"id": stream_id})

    def _begin(self, stream: Stream) -> Callable[[Payload], None]:
        def answered(answer: Payload) -> None:
            if answer["status"] == "Accepted":
                self.open_[stream.id] = stream
                stream.start()

        return answered


def _set_monitors(station: Station, call: Payload) -> Payload:
    answer = monitoring.COMMANDS["SetVariableMonitoring"](station, call)
    for item, result in zip(call["setMonitoringData"], answer["setMonitoringResult"], strict=True):
        wanted = item.get("periodicEventStream")
        if wanted is not None and result["status"] == "Accepted" and item["type"] in _PERIODIC:
            _stream_of(station, station.own(Monitors).all[result["id"]], wanted)
    return answer


def _stream_of(station: Station, monitor: Monitor, wanted: Payload) -> None:
    if monitor.next is not None:
        monitor.next.cancel()
    read, every = monitor.variable.read, max(monitor.value, _SHORTEST_S)
    station.own(Streams).open(monitor.id, lambda: "" if read is None else read(), every=every, **wanted)


def _clear_monitors(station: Station, call: Payload) -> Payload:
    answer = monitoring.COMMANDS["ClearVariableMonitoring"](station, call)
    cleared = [result["id"] for result in answer["clearMonitoringResult"] if result["status"] == "Accepted"]
    streams = station.own(Streams)
    for stream in [each for each in streams.open_.values() if each.monitor_id in cleared]:
        streams.close(stream.id)
    return answer


def _adjust(station: Station, call: Payload) -> Payload:
    stream = station.own(Streams).open_.get(call["id"])
    if stream is None:
        return commands.status("Rejected", "UnknownStream")
    stream.interval = call["params"].get("interval", stream.interval)
    stream.values = call["params"].get("values", stream.values)
    stream.start()
    return commands.status("Accepted")


def _listed(station: Station, _call: Payload) -> Payload:
    streams = [stream.described() for stream in station.own(Streams).open_.values()]
    return {"constantStreamData": streams} if streams else {}


COMMANDS: Mapping[str, commands.Handler] = {
    "AdjustPeriodicEventStream": _adjust,
    "ClearVariableMonitoring": _clear_monitors,
    "GetPeriodicEventStream": _listed,
    "SetVariableMonitoring": _set_monitors,
}
