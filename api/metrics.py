"""GET /metrics: numbers of this node in Prometheus' text format. Used by resources/health.py; asks no database."""

import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import trio

from actors import session, tree
from actors.chargers import charger

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metric(NamedTuple):
    """One metric: its samples are pairs of labels and value. Counters end in _total."""

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def collect(node: tree.Node) -> list[Metric]:
    """What this node can say of itself without asking the database."""
    root = node.actors()
    rows = list(_walk(root))
    below = {child["id"]: child.get("children", []) for child in root["children"]}
    links = list(node.services.links.values())
    return [
        _one("csms_chargers_connected", "gauge", "Chargers with a connection.", len(links)),
        _one("csms_charger_actors", "gauge", "Charger actors that are awake.", len(below[charger.SUPERVISOR])),
        _one("csms_session_actors", "gauge", "Session actors that are awake.", len(below[session.SUPERVISOR])),
        _by_state(rows),
        _one("csms_actor_restarts_total", "counter", "Restarts of the actors alive now.", _sum(rows, "restarts")),
        _one("csms_actor_crashes_total", "counter", "Actors that ended abnormally.", node.system.crashes),
        _one("csms_mailbox_messages", "gauge", "Messages that wait in mailboxes.", _sum(rows, "mailbox")),
        _one("csms_tasks", "gauge", "Tasks of the event loop.", trio.lowlevel.current_statistics().tasks_living),
        _one("csms_log_position", "gauge", "Sequence number of the newest published event.", node.hub.position),
        _one("csms_feed_subscribers", "gauge", "Open event streams.", len(node.hub.subscribers)),
        _unusable(node.services.unusable),
        _one("csms_storage_writable", "gauge", "1 when the log can be written.", int(node.healthy)),
        _one("csms_uptime_seconds", "gauge", "Since this node started.", _age(node.started_at)),
        *_process(),
    ]


def text(metrics: Iterable[Metric]) -> str:
    """Prometheus' exposition format."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, value in metric.samples:
        inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{metric.name}{{{inside}}} {value}" if inside else f"{metric.name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _one(name: str, kind: str, meaning: str, value: float) -> Metric:
    return Metric(name, kind, meaning, [({}, value)])


def _by_state(rows: list[dict[str, Any]]) -> Metric:
    states = sorted({row["state"] for row in rows})
    samples = [({"state": state}, sum(row["state"] == state for row in rows)) for state in states]
    return Metric("csms_actors", "gauge", "Actors and supervisors by state.", samples)


def _unusable(counted: Mapping[str, int]) -> Metric:
    samples = [({"code": code}, count) for code, count in sorted(counted.items())]
    return Metric("csms_sends_unusable_total", "counter", "Bad SENDs of chargers: nobody is told of them.", samples)


def _walk(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield row
    for child in row.get("children", ()):
        yield from _walk(child)


def _sum(rows: list[dict[str, Any]], field: str) -> int:
    return sum(row[field] for row in rows)


def _age(since: datetime) -> float:
    return round((datetime.now(UTC) - since).total_seconds(), 3)


def _process() -> list[Metric]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return [
        _one("process_cpu_seconds_total", "counter", "CPU time used.", round(time.process_time(), 3)),
        _one("process_peak_memory_bytes", "gauge", "Largest resident memory so far.", peak),
        _one("process_open_fds", "gauge", "Open file descriptors.", len(os.listdir("/dev/fd"))),  # noqa: PTH208
        _one("process_max_fds", "gauge", "Limit of open file descriptors.", limit),
    ]
