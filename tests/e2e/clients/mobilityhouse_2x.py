"""A 2.0.1 or 2.1 charging station on mobilityhouse/ocpp's asyncio ChargePoint; what it obeys: see the package.

    PROGRAM 2.0.1|2.1 URL IDENTITY [PASSWORD]

`start`, `meter` and `stop` are TransactionEvents, and so is a `status` that tells how the car charges.
"""

# mypy: disable-error-code="untyped-decorator"
import asyncio
import importlib
import json
import sys
import uuid
from typing import Any

from ocpp.charge_point import camel_to_snake_case
from ocpp.routing import after, on

from tests.e2e.clients import program

VERSION = sys.argv[1]
v2x = importlib.import_module({"2.0.1": "ocpp.v201", "2.1": "ocpp.v21"}[VERSION])
call, call_result, Action = v2x.call, v2x.call_result, importlib.import_module(f"{v2x.__name__}.enums").Action
CHARGING = ("Charging", "SuspendedEV", "SuspendedEVSE")


def register(wh: float, context: str) -> dict[str, Any]:
    """A sampled register."""
    return {
        "value": wh,
        "context": context,
        "measurand": "Energy.Active.Import.Register",
        "unit_of_measure": {"unit": "Wh"},
    }


class Station(program.Charger):
    """What outlives a connection: the transaction, the meter, the variables."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction: str | None = None
        self.seq_no = 0
        self.token = ""
        self.evse = 1
        self.meter_wh = 0.0
        self.variables = {"OCPPCommCtrlr.HeartbeatInterval": "300"}

    # -- records -------------------------------------------------------------------------------------------------------

    def boot(self, reason: str = "PowerUp") -> None:
        """The first record after a reset."""
        about = {"model": "M1", "vendor_name": "Mobility", "serial_number": "SN-1", "firmware_version": "1.2.3"}
        self.add(lambda: call.BootNotification(charging_station=about, reason=reason), first=True)

    def heartbeat(self) -> None:
        """A sign of life."""
        self.add(call.Heartbeat)

    def status(self, connector: str, status: str) -> None:
        """The status of a connector, or how its transaction charges."""
        if status in CHARGING and self.transaction is not None:
            self.event("Updated", "ChargingStateChanged", about={"charging_state": status})
            return
        word = status if status in ("Available", "Reserved", "Unavailable", "Faulted") else "Occupied"
        payload = call.StatusNotification(
            timestamp=program.now(), connector_status=word, evse_id=int(connector), connector_id=1
        )
        self.add(lambda: payload)

    def authorize(self, tag: str) -> None:
        """A card is shown."""
        self.add(lambda: call.Authorize(id_token={"id_token": tag, "type": "ISO14443"}))

    def start(self, evse: str, tag: str, meter: str, remote_start_id: int | None = None) -> None:
        """A transaction begins."""
        self.evse, self.token, self.meter_wh = int(evse), tag, float(meter)
        self.transaction, self.seq_no = str(uuid.uuid4()), 0
        about = {} if remote_start_id is None else {"remote_start_id": remote_start_id}
        trigger = "Authorized" if remote_start_id is None else "RemoteStart"
        values = [register(self.meter_wh, "Transaction.Begin")]
        self.event("Started", trigger, about=about, values=values, token=tag, evse={"id": self.evse, "connector_id": 1})

    def meter(self, wh: str, power: str, soc: str) -> None:
        """A periodic sample of the running transaction."""
        self.meter_wh = float(wh)
        values = [
            register(self.meter_wh, "Sample.Periodic"),
            {"value": float(power), "measurand": "Power.Active.Import", "unit_of_measure": {"unit": "W"}},
            {"value": float(soc), "measurand": "SoC", "location": "EV", "unit_of_measure": {"unit": "Percent"}},
        ]
        self.event("Updated", "MeterValuePeriodic", values=values)

    def stop(self, meter: str, reason: str = "Local") -> None:
        """The transaction ends."""
        trigger = "RemoteStop" if reason == "Remote" else "StopAuthorized"
        values = [register(float(meter), "Transaction.End")]
        self.event("Ended", trigger, about={"stopped_reason": reason}, values=values, token=self.token)
        self.transaction = None

    def event(
        self,
        kind: str,
        trigger: str,
        *,
        about: dict[str, Any] | None = None,
        values: list[dict[str, Any]] | None = None,
        token: str | None = None,
        **more: Any,
    ) -> None:
        """The next event of the transaction."""
        moment = program.now()
        if values is not None:
            more["meter_value"] = [{"timestamp": moment, "sampled_value": values}]
        if token is not None:
            more["id_token"] = {"id_token": token, "type": "ISO14443"}
        payload = call.TransactionEvent(
            event_type=kind,
            timestamp=moment,
            trigger_reason=trigger,
            seq_no=self.seq_no,
            transaction_info={"transaction_id": self.transaction, **(about or {})},
            **more,
        )
        self.seq_no += 1
        self.add(lambda: payload)

    def call(self, action: str, payload: str) -> None:
        """Any call."""
        made = getattr(call, action)(**camel_to_snake_case(json.loads(payload)))
        self.add(lambda: made)


class Link(v2x.ChargePoint):  # type: ignore[misc, name-defined]
    """One connection: obeys the server."""

    def __init__(self, identity: str, socket: program.Tap, station: Station) -> None:
        super().__init__(identity, socket)
        self._station = station

    @on(Action.reset)
    def on_reset(self, type: str, **_: Any) -> Any:
        """Yes."""
        return call_result.Reset(status="Accepted")

    @after(Action.reset)
    async def after_reset(self, type: str, **_: Any) -> None:
        """Come back and boot; the transaction goes on, as after a loss of power."""
        await self._station.drop()
        self._station.boot("RemoteReset")

    @on(Action.request_start_transaction)
    def on_start(self, **_: Any) -> Any:
        """Yes."""
        return call_result.RequestStartTransaction(status="Accepted")

    @after(Action.request_start_transaction)
    async def after_start(self, id_token: dict[str, Any], remote_start_id: int, evse_id: int = 1, **_: Any) -> None:
        """Start."""
        self._station.start(str(evse_id), id_token["id_token"], str(self._station.meter_wh), remote_start_id)

    @on(Action.request_stop_transaction)
    def on_stop(self, transaction_id: str, **_: Any) -> Any:
        """Only the transaction that runs can be stopped."""
        known = transaction_id == self._station.transaction
        return call_result.RequestStopTransaction(status="Accepted" if known else "Rejected")

    @after(Action.request_stop_transaction)
    async def after_stop(self, transaction_id: str, **_: Any) -> None:
        """Stop."""
        if transaction_id == self._station.transaction:
            self._station.stop(str(self._station.meter_wh), "Remote")

    @on(Action.get_transaction_status)
    def on_status(self, **_: Any) -> Any:
        """Everything was sent."""
        return call_result.GetTransactionStatus(messages_in_queue=bool(self._station.records))

    @on(Action.get_base_report)
    def on_base_report(self, **_: Any) -> Any:
        """Not here: variables can be asked for one by one."""
        return call_result.GetBaseReport(status="NotSupported")

    @on(Action.get_variables)
    def on_get_variables(self, get_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        """What is known."""
        return call_result.GetVariables(get_variable_result=[self._read(each) for each in get_variable_data])

    @on(Action.set_variables)
    def on_set_variables(self, set_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        """Known ones may change."""
        return call_result.SetVariables(set_variable_result=[self._written(each) for each in set_variable_data])

    @on(Action.trigger_message)
    def on_trigger(self, requested_message: str, **_: Any) -> Any:
        """Only what this station can say."""
        known = requested_message in ("Heartbeat", "BootNotification")
        return call_result.TriggerMessage(status="Accepted" if known else "NotImplemented")

    @after(Action.trigger_message)
    async def after_trigger(self, requested_message: str, **_: Any) -> None:
        """Say it."""
        if requested_message == "Heartbeat":
            self._station.heartbeat()
        elif requested_message == "BootNotification":
            self._station.boot("Triggered")

    def _read(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = self._station.variables.get(_name(asked))
        found = {"attribute_status": "UnknownVariable"} if known is None else {"attribute_status": "Accepted"}
        value = {} if known is None else {"attribute_value": known}
        return {"component": asked["component"], "variable": asked["variable"], **found, **value}

    def _written(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = _name(asked) in self._station.variables
        if known:
            self._station.variables[_name(asked)] = asked["attribute_value"]
        status = {"attribute_status": "Accepted" if known else "UnknownVariable"}
        return {"component": asked["component"], "variable": asked["variable"], **status}


def _name(asked: dict[str, Any]) -> str:
    return f"{asked['component']['name']}.{asked['variable']['name']}"


if __name__ == "__main__":
    made = Station()
    asyncio.run(
        program.run(made, lambda identity, socket: Link(identity, socket, made), f"ocpp{VERSION}", *sys.argv[2:])
    )
