"""A firmware campaign: which chargers are next, when it pauses, and what became of an order. Pure.

    canary chargers -> all of them done well -> so many percent of all in 24 hours, until nobody waits

The campaign's actor asks `step` again and again with what is known then; what it answers depends on nothing else, so a
campaign goes on after a crash where its record says that it was.
"""

import math
import zoneinfo
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Literal

import msgspec

WAITING, ORDERED, INSTALLED, FAILED, SKIPPED = "waiting", "ordered", "installed", "failed", "skipped"
"""What a charger's part in a campaign can be; the last three are ends."""
RUNNING, PAUSED, COMPLETED, CANCELLED = "running", "paused", "completed", "cancelled"
"""What a campaign can be."""
DAY = timedelta(days=1)
PATIENCE = timedelta(days=1)
"""How long nothing may be heard of an ordered update until it counts as failed."""

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

_GOOD = frozenset({"Installed"})
_BAD = frozenset(
    {"DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature", "InvalidCertificate"}
    | {"RevokedSigningCertificate"}
)
"""FirmwareStatusNotification: the words of all versions that are an end."""


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time of the day, such as 22:00 to 05:00, in which orders are given."""

    start: Clock
    end: Clock
    time_zone: str = "UTC"


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a campaign goes about it."""

    canary: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 1
    """Chargers that must end well before any other begins: it pauses when one of them fails."""
    percent_per_day: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    """Of all its chargers, rounded up, in any 24 hours."""
    only_when_idle: bool = True
    """Wait until nobody charges or is plugged in."""
    pause_on_failure_percent: Percent = 10
    """After the canaries, it pauses when more than these failed, of those that ended since it began or was resumed."""
    window: Window | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One charger's part."""

    charger_id: str
    status: str = WAITING
    ordered_at: datetime | None = None
    ended_at: datetime | None = None


class Step(msgspec.Struct, frozen=True):
    """What to do now: chargers to order the update of, and what the campaign is; `reason` says why it pauses."""

    order: tuple[str, ...] = ()
    status: Literal["running", "paused", "completed"] = "running"
    reason: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a charger said since it was ordered: how far that update is, and what it runs since its last boot."""

    status: str | None = None
    version: str | None = None
    booted_at: datetime | None = None


def step(plan: Plan, targets: Sequence[Target], ready: Collection[str], since: datetime, now: datetime) -> Step:
    """The next step of a running campaign; `ready` are connected and, where that matters, idle.

    `since` is when it was started or resumed.
    """
    if all(target.status not in (WAITING, ORDERED) for target in targets):
        return Step(status="completed")
    ended = [each for each in targets if each.ended_at is not None and each.ended_at >= since]
    failed = sum(each.status == FAILED for each in ended)
    done = failed + sum(each.status == INSTALLED for each in ended)
    canaries = sum(each.ordered_at is not None for each in targets) <= plan.canary
    if failed * 100 > plan.pause_on_failure_percent * done or (failed and canaries):
        return Step(
            status="paused", reason=f"{failed} of {done} updates failed: look at them, then resume or roll back"
        )
    if plan.window is not None and not is_open(plan.window, now):
        return Step()
    waiting = (each.charger_id for each in targets if each.status == WAITING and each.charger_id in ready)
    return Step(tuple(each for each, _ in zip(waiting, range(_room(plan, targets, now)), strict=False)))


def _room(plan: Plan, targets: Sequence[Target], now: datetime) -> int:
    """How many may begin now."""
    begun = sorted(each.ordered_at for each in targets if each.ordered_at is not None)
    if len(begun) < plan.canary:
        return plan.canary - len(begun)
    last = begun[plan.canary - 1] if plan.canary else None
    if any(each.status == ORDERED and last and each.ordered_at and each.ordered_at <= last for each in targets):
        return 0
    a_day = math.ceil(len(targets) * plan.percent_per_day / 100)
    return max(0, a_day - sum(at > now - DAY for at in begun))


def outcome(ordered_at: datetime, version: str, heard: Heard, now: datetime) -> tuple[str, str] | None:
    """(INSTALLED or FAILED, why) of an ordered update to `version`; None while it is under way."""
    if heard.version == version and heard.booted_at is not None and heard.booted_at > ordered_at:
        return INSTALLED, f"it booted with {version}"
    if heard.status in _GOOD:
        return INSTALLED, "it said Installed"
    if heard.status in _BAD:
        return FAILED, f"it said {heard.status}"
    if now - ordered_at > PATIENCE:
        said = f"the last that it said is {heard.status}" if heard.status else "it said nothing"
        return FAILED, f"no end after {PATIENCE // timedelta(hours=1)} hours: {said}"
    return None


def is_open(window: Window, now: datetime) -> bool:
    """Whether the time of the day lies in the window; one that ends where it begins is the whole day."""
    here = now.astimezone(zoneinfo.ZoneInfo(window.time_zone)).time().replace(tzinfo=None)
    start, end = time.fromisoformat(window.start), time.fromisoformat(window.end)
    return start <= here < end if start < end else here >= start or here < end
