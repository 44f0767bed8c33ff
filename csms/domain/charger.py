"""A charger's own state: identity, link, connectors, configuration; and what to record of its reports.

Used by the charger actor, the projections and replay alike. Sessions have their own state (session.py); which of them
are open on which connector is the actor's business, since it is read from their streams.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec

from csms.domain import (
    charging_profile,
    clock,
    commands,
    events,
    facts,
    first_settings,
    inventory,
    remembered,
    reservations,
    secrets,
    variables,
)

SECRET_PATHS = ("/uploads/", "/downloads/", "/pay/s/", "/pay/q/")
"""What follows them in a URL of ours is a permission."""
MASK = secrets.MASK
HEARTBEAT_INTERVAL = "heartbeatinterval"
_SECRET_URL = re.compile(rf"({'|'.join(SECRET_PATHS)})[^/?#\s\"]+")
_SECONDS = re.compile(r"\s*[0-9]{1,9}\s*")
_TOLD_AT_BOOT = (
    *("vendor", "model", "serial_number", "firmware_version"),
    *("iccid", "imsi", "meter_type", "meter_serial_number"),
)
_STARTS_AND_STOPS = frozenset(
    {"remote-start", "remote-stop", "RemoteStartTransaction", "RemoteStopTransaction"}
    | {"RequestStartTransaction", "RequestStopTransaction"}
)
"""By their name, and by their action where they are ordered raw."""
_PERSONAL = frozenset(
    {"idTag", "parentIdTag", "idToken", "idTokens", "id_token", "groupIdToken"}
    | {"localAuthorizationList", "customerIdentifier", "group_id", "entries"}
)


class Connector(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a connector last said; `changed_at` is the log's time, `reported_at` the charger's."""

    status: str
    changed_at: datetime
    evse_id: int | None = None
    error_code: str = "NoError"
    reported_at: datetime | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None


class Charger(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The state of a charger after `version` events; connectors by connector id, 0 is the whole charger."""

    id: str
    version: int = 0
    online: bool = False
    epoch: int = 0
    protocol: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    booted_at: datetime | None = None
    accepted: bool = False
    connected_at: datetime | None = None
    last_seen_at: datetime | None = None
    connectors: dict[int, Connector] = {}
    configuration: dict[str, tuple[str | None, bool]] = {}
    described: bool = False
    """Whether it has told something of its configuration, since it has the firmware that it has."""
    read_whole: bool = False
    """Whether it has told all that it is asked first."""
    pending_reboot: bool = False
    heartbeat_interval: int | None = None
    """Seconds between heartbeats that somebody set on this charger, 0 = none; None: the server's."""
    open_commands: tuple[str, ...] = ()
    """Orders whose outcome is not recorded yet."""
    reserved: dict[str, reservations.Held] = {}
    """The active reservations, by id."""
    profiled: tuple[str, ...] = ()
    """Transactions for which it holds a charging profile."""


def evolve(state: Charger, event: events.AnyEvent, at: datetime) -> Charger:
    """The state after one more event of the charger's stream."""
    return msgspec.structs.replace(state, version=state.version + 1, last_seen_at=at, **_changes(state, event, at))


def status(state: Charger, report: facts.StatusReport) -> list[events.AnyEvent]:
    """A status is an event only when it changes something."""
    known = state.connectors.get(report.connector_id)
    if known is not None and _same(known, report):
        return []
    return [
        events.StatusChanged(
            connector_id=report.connector_id,
            evse_id=report.evse_id,
            status=report.status,
            error_code=report.error_code,
            reported_at=report.at,
            info=report.info,
            vendor_id=report.vendor_id,
            vendor_error_code=report.vendor_error_code,
        )
    ]


def outdated(state: Charger, report: facts.StatusReport, newest: datetime | None, now: datetime) -> bool:
    """Whether a status is history and the connector has said something newer since (rule 43).

    `newest` is when it last said the status that is known. A clock that was set back since is no reason not to listen:
    what is told as it happens counts, and so does everything until the first status after a boot.
    """
    known = state.connectors.get(report.connector_id)
    if known is None or (state.booted_at is not None and known.changed_at < state.booted_at):
        return False
    at, said = report.at, max(filter(None, (newest, known.reported_at)), default=None)
    if at is None or said is None or not clock.plausible(at, now) or not clock.plausible(said, now):
        return False
    return at < said and now - at > clock.HISTORY


def updated(state: Charger, fact: facts.Boot) -> list[events.AnyEvent]:
    """What a boot with another firmware ends: all that a charger of 2.x told of its variables with the one before."""
    if state.firmware_version in (None, remembered.text(fact.firmware_version)) or state.protocol in (None, "1.6"):
        return []
    return [events.InventoryChanged(changes=(inventory.Change(kind=variables.KIND, clear=""),))]


def left_out(before: Charger, after: Charger, told: Iterable[events.AnyEvent]) -> int:
    """How many connectors and settings the state after these events has no room for."""
    read = [key for event in told if isinstance(event, events.ConfigurationRead) for key in event.values]
    return len(before.connectors.keys() - after.connectors.keys()) + len(set(read) - after.configuration.keys())


def boot(fact: facts.Boot, registration: str) -> events.Booted:
    """The record of a boot that was answered with this registration (accepted | pending | rejected)."""
    return events.Booted(
        vendor=fact.vendor,
        model=fact.model,
        registration=registration,
        serial_number=fact.serial_number,
        firmware_version=fact.firmware_version,
        iccid=fact.iccid,
        imsi=fact.imsi,
        meter_type=fact.meter_type,
        meter_serial_number=fact.meter_serial_number,
        reason=fact.reason,
    )


def may_report(registration: str, action: str, triggered: Collection[str]) -> bool:
    """False where rule 20 asks for SecurityError: not accepted, no boot, and not a message that we triggered."""
    if registration == "accepted" or action == "BootNotification":
        return True
    return registration == "pending" and action in triggered


def may_order(registration: str, command: str, message: str | None = None) -> str | None:
    """None when an order may be sent, else why not (rule 19); `message` is what it triggers."""
    if registration == "rejected":
        return "the charger is rejected: nothing may be sent to it until its registration is accepted"
    if registration == "pending" and command in _STARTS_AND_STOPS:
        return "the charger is pending: it may be configured, but not started, until its registration is accepted"
    if registration == "accepted" and message == "BootNotification":
        return "an accepted charger must not be asked to boot again; use reset"
    return None


def left_open(state: Charger, *, linked: bool, waiting: Collection[str] = ()) -> list[events.AnyEvent]:
    """The ends that the log lacks: of a link that is gone, and of orders that nobody waits for any more."""
    lost: list[events.AnyEvent] = []
    if state.online and not linked:
        lost.append(events.Disconnected(epoch=state.epoch, reason="the server lost the connection"))
    detail = "the server restarted before the charger answered; the outcome is unknown"
    orders = [command_id for command_id in state.open_commands if command_id not in waiting]
    return lost + [events.CommandEnded(command_id=each, status="unknown", detail=detail) for each in orders]


def limits(configuration: dict[str, tuple[str | None, bool]]) -> dict[str, int]:
    """The settings that are whole numbers: among them, how much the charger takes at a time."""
    return {key: int(value) for key, (value, _) in configuration.items() if value and _SECONDS.fullmatch(value)}


def triggers(command: commands.AnyCommand) -> str | None:
    """The message that an order asks the charger for, also where it is ordered raw; None for any other."""
    match command:
        case commands.Trigger(message=message):
            return message
        case commands.Raw(
            action="TriggerMessage" | "ExtendedTriggerMessage", payload={"requestedMessage": str(message)}
        ):
            return message
        case _:
            return None


def is_secret(key: str) -> bool:
    """True for configuration keys and variables whose values must be shown to nobody."""
    return secrets.is_secret(variables.name(key))


def masked(arguments: dict[str, Any]) -> dict[str, Any]:
    """A command's arguments or an OCPP payload without the values of secret keys and without tokens."""
    return _masked(arguments, _PERSONAL)


def without_secrets(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same without the values of secret keys only: what whoever ordered it is told."""
    return _masked(arguments, frozenset())


def _masked(arguments: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    hidden = names | _hidden(arguments)
    return {
        name: MASK if name in hidden or secrets.is_secret(name) else _masked_value(value, names)
        for name, value in arguments.items()
    }


def _hidden(fields: dict[str, Any]) -> frozenset[str]:
    """The fields beside a secret key's name (1.6), a secret variable's (2.x), or a VPN's user, which hold its value."""
    variable = fields.get("variable")
    if is_secret(str(fields.get("key", ""))):
        return frozenset({"value"})
    if isinstance(variable, dict) and is_secret(str(variable.get("name", ""))):
        return frozenset({"attributeValue", "actualValue", "variableAttribute"})
    return frozenset({"key"}) if "server" in fields and "user" in fields else frozenset()


def without_secret_paths(text: str) -> str:
    """The text without what is a permission in URLs of ours."""
    return _SECRET_URL.sub(rf"\1{MASK}", text) if "loads/" in text else text


def _masked_value(value: Any, names: frozenset[str]) -> Any:
    match value:
        case dict():
            return _masked(value, names)
        case list():
            return [_masked_value(item, names) for item in value]
        case str() if "/" in value:
            return without_secret_paths(secrets.shown(value))
        case _:
            return value


def _changes(state: Charger, event: events.AnyEvent, at: datetime) -> dict[str, Any]:
    match event:
        case events.Connected():
            return _connected(state, event, at)
        case events.Disconnected():
            return {"online": False} if event.epoch == state.epoch else {}
        case events.Booted():
            return _booted(state, event, at)
        case events.StatusChanged():
            told = _connector(event, at)
            return {"connectors": remembered.newest(state.connectors, event.connector_id, told)}
        case events.CommandRequested():
            return {"open_commands": (*state.open_commands, event.command_id)}
        case events.CommandEnded():
            return {"open_commands": tuple(c for c in state.open_commands if c != event.command_id)}
        case events.ConfigurationRead():
            known = remembered.settings(state.configuration, event.values)
            return {"configuration": known, "described": True, "read_whole": state.read_whole or event.whole}
        case events.ConfigurationChanged():
            return _configured(state, event)
        case events.InventoryChanged():
            return _held(state, event.changes) | _noted(state, event.changes)
        case _:
            return {}


def _connected(state: Charger, event: events.Connected, at: datetime) -> dict[str, Any]:
    """Another protocol has other settings."""
    same = state.protocol in (None, event.protocol)
    known: dict[str, Any] = {} if same else {"configuration": {}, "described": False, "read_whole": False}
    return {"online": True, "epoch": event.epoch, "protocol": event.protocol, "connected_at": at, **known}


def _booted(state: Charger, event: events.Booted, at: datetime) -> dict[str, Any]:
    told = remembered.texts({name: getattr(event, name) for name in _TOLD_AT_BOOT})
    same = told["firmware_version"] == state.firmware_version
    return {
        **told,
        "booted_at": at,
        "accepted": event.registration == "accepted",
        "pending_reboot": False,
        "described": state.described and same,
        "read_whole": state.read_whole and same,
    }


def _configured(state: Charger, event: events.ConfigurationChanged) -> dict[str, Any]:
    known = state.configuration.get(event.key, (None, False))
    changes = {
        "configuration": remembered.settings(state.configuration, {event.key: (event.value, known[1])}),
        "pending_reboot": state.pending_reboot or event.reboot_required,
    }
    if variables.name(event.key).casefold() == HEARTBEAT_INTERVAL and _SECONDS.fullmatch(event.value):
        changes["heartbeat_interval"] = int(event.value)
    return changes


def _noted(state: Charger, changes: Iterable[inventory.Change]) -> dict[str, Any]:
    """What the few variables that matter here are now (2.x)."""
    known, told = dict(state.configuration), False
    for change in changes:
        if change.kind == variables.KIND:
            if change.clear == "":
                known = {}
            for bodies in (change.put, change.merge):
                for key in bodies.keys() & first_settings.NOTED_2X:
                    actual = bodies[key].get("attributes", {}).get("Actual", {})
                    value, readonly = known.get(key, (None, False))
                    known[key] = (actual.get("value", value), actual.get("mutability", readonly) in ("ReadOnly", True))
                    told = True
    known = remembered.settings({}, known)
    if known == state.configuration:
        return {}
    return {"configuration": known, "described": True} if told else {"configuration": known}


def _held(state: Charger, told: tuple[inventory.Change, ...]) -> dict[str, Any]:
    """Little of what a charger holds matters to its actor; the rest is in the table `inventory`."""
    active = reservations.folded(state.reserved, told)
    profiled = charging_profile.folded(state.profiled, told)
    changes: dict[str, Any] = {} if active is state.reserved else {"reserved": active}
    return changes if profiled is state.profiled else changes | {"profiled": remembered.transactions(profiled)}


def _connector(event: events.StatusChanged, at: datetime) -> Connector:
    told = {"status": event.status, "error_code": event.error_code, "info": event.info}
    theirs = {"vendor_id": event.vendor_id, "vendor_error_code": event.vendor_error_code}
    fields = remembered.texts(told | theirs)
    return Connector(changed_at=at, evse_id=event.evse_id, reported_at=event.reported_at, **fields)


def _same(known: Connector, report: facts.StatusReport) -> bool:
    return (
        known.status == report.status
        and known.error_code == remembered.text(report.error_code)
        and known.info == remembered.text(report.info)
        and known.vendor_error_code == remembered.text(report.vendor_error_code)
    )
