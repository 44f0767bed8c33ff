"""What chargers say was acknowledged to them against what the server has: every record once, every session right."""

import json
import pathlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from csms import simulator
from csms.domain import events, metering
from csms.simulator import ledger
from csms.storage.log import Log
from tests.e2e import moments, server

OVER = ("finishing", "completed")


@dataclass
class Recorded:
    """How often each record of a session is there; samples by their register in Wh."""

    starts: int = 0
    stops: int = 0
    samples: Counter[int] = field(default_factory=Counter)


def agree(running: server.Server, told: list[dict[str, Any]]) -> None:
    """Raises AssertionError for the first thing in which the server and the chargers' ledger differ."""
    entries = ledger.read(json.dumps(line) for line in told)
    expected = {str(entry.transaction_id): as_sent(entry) for entry in entries.values()}
    assert len(expected) == len(entries), "two sessions were given the same transaction id"
    same({str(session["transaction_id"]): as_shown(session) for session in sessions(running)}, expected)
    same(in_the_log(running.data), acknowledged(told, entries))
    running.csms("log", "verify")
    running.csms("replay", "--all", "--diff-live")


def same(server_has: Mapping[str, object], chargers_have: Mapping[str, object]) -> None:
    """Raises AssertionError with the transactions that differ, of both sides."""
    differ = [
        f"transaction {each}:\n  server   {server_has.get(each)}\n  chargers {chargers_have.get(each)}"
        for each in sorted(server_has.keys() | chargers_have.keys())
        if server_has.get(each) != chargers_have.get(each)
    ]
    assert not differ, "\n".join(differ)


def as_sent(entry: simulator.Entry) -> dict[str, Any]:
    """A session as its charger knows it."""
    return {
        "charger_id": entry.charger_id,
        "connector_id": entry.connector_id,
        "id_token": entry.id_token,
        "started_at": moments.moment(entry.started_at),
        "stopped_at": moments.moment(str(entry.stopped_at)),
        "stop_reason": entry.reason,
        "meter_start_wh": entry.meter_start_wh,
        "meter_stop_wh": entry.meter_stop_wh,
        "energy_wh": (entry.meter_stop_wh or 0) - entry.meter_start_wh,
        "ended": True,
        "flags": ["offline"] if entry.offline else [],
    }


def as_shown(session: dict[str, Any]) -> dict[str, Any]:
    """The same fields as the API shows them.

    A car that came and went while the link was down left no change of status to report: its stay is finishing until
    the limit.
    """
    names = ("charger_id", "connector_id", "id_token", "stop_reason", "meter_start_wh", "meter_stop_wh", "energy_wh")
    shown = {name: session[name] for name in (*names, "flags")} | {"ended": session["status"] in OVER}
    times = {name: session[name] and moments.moment(session[name]) for name in ("started_at", "stopped_at")}
    return shown | times


def sessions(running: server.Server) -> Iterator[dict[str, Any]]:
    """Every session, page by page."""
    query: dict[str, Any] = {"limit": 500}
    while True:
        page = running.get("/sessions", **query)
        yield from page["items"]
        if page["next_cursor"] is None:
            return
        query["cursor"] = page["next_cursor"]


def acknowledged(told: list[dict[str, Any]], entries: dict[str, simulator.Entry]) -> dict[str, Recorded]:
    """The records that were acknowledged, by transaction id."""
    found: dict[str, Recorded] = defaultdict(Recorded)
    for line in told:
        record = found[str(entries[line["session"]].transaction_id)]
        match line["record"]:
            case "start":
                record.starts += 1
            case "sample":
                record.samples[line["last_register_wh"]] += 1
            case "stop":
                record.stops += 1
    return found


def in_the_log(data: pathlib.Path, hostile: str | None = None) -> dict[str, Recorded]:
    """The records in the log, by transaction id; only what a `hostile` charger said may have been kept aside."""
    streams: dict[str, Recorded] = defaultdict(Recorded)
    names: dict[str, str] = {}
    with Log.open(data, readonly=True) as log:
        for stored in log.read_all():
            match stored.event:
                case events.SessionStarted(transaction_id=transaction_id):
                    names[stored.stream] = transaction_id
                    streams[stored.stream].starts += 1
                case events.MeterSampled(readings=readings, of_evse=False):  # else no transaction was named
                    registers = [metering.measure(reading).register_wh for reading in readings]
                    streams[stored.stream].samples.update(int(wh) for wh in registers if wh is not None)
                case events.SessionStopped():
                    streams[stored.stream].stops += 1
                case events.FrameQuarantined() if hostile is None or stored.stream != events.quarantine_stream(hostile):
                    raise AssertionError(f"a record was kept aside: {stored.event}")
    return {names[stream]: record for stream, record in streams.items()}
