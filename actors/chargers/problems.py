"""Problems: what events of high severity make of a charger's known problems. One function; used by reports.py.

Decisions are csms.domain.problems'; here it is looked up what they need: the severity of the monitor behind an event of
2.0.1, which does not say it, and what is known of the problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from actors.services import Services
from csms.domain import facts, ids, inventory, problems
from csms.storage import queries

MONITORS = "monitors"
"""The kind of the inventory; csms.protocol.v2x.monitoring makes it."""


class Raised(NamedTuple):
    """An alert, and the id by which it is stored once however often its event is told."""

    alert: facts.Alert
    id: bytes


async def judged(
    services: Services, charger_id: str, told: Sequence[facts.Problem]
) -> tuple[list[inventory.Change], list[Raised]]:
    """What to record, and whom to alert, in the order in which it was told."""
    changes: dict[str, inventory.Change] = {}
    raised = []
    for each in told:
        known = await _known(services, charger_id, each, changes.get(each.key))
        severity = await _severity(services, charger_id, each)
        change, alert = problems.judge(each, severity, known, services.now())
        if change is not None:
            changes[each.key] = change
        if alert is not None:
            raised.append(Raised(alert, ids.digest("problem", charger_id, each.key, each.event_id, each.at)))
    return list(changes.values()), raised


async def _known(
    services: Services, charger_id: str, told: facts.Problem, changed: inventory.Change | None
) -> inventory.Body | None:
    if changed is not None:
        return changed.put.get(told.key)
    return await services.look_ups.read(queries.inventory.get, charger_id, problems.KIND, told.key)


async def _severity(services: Services, charger_id: str, told: facts.Problem) -> int | None:
    if told.severity is not None or told.monitor_id is None:
        return told.severity
    monitor = await services.look_ups.read(queries.inventory.get, charger_id, MONITORS, str(told.monitor_id))
    severity = None if monitor is None else monitor.get("severity")
    return severity if isinstance(severity, int) else None
