"""A charge point on mobilityhouse/ocpp's asyncio ChargePoint over `websockets`; what it obeys: see the package."""

# mypy: disable-error-code="untyped-decorator"
import asyncio
import json
import sys
from typing import Any

from ocpp.charge_point import camel_to_snake_case
from ocpp.routing import after, on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action

from tests.e2e.clients import program


class Charger(program.Charger):
    """What outlives a connection: the transaction, the meter, the configuration."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction: int | None = None
        self.token = ""
        self.connector = 1
        self.shown = "Available"
        self.meter_wh = 0
        self.configuration = {"HeartbeatInterval": "300", "MeterValueSampleInterval": "60", "NumberOfConnectors": "2"}

    def answered(self, answer: Any) -> None:
        """The server gives the transaction its id."""
        if isinstance(answer, call_result.StartTransaction):
            self.transaction = answer.transaction_id

    # -- records -------------------------------------------------------------------------------------------------------

    def boot(self) -> None:
        """The first record after a reset."""
        payload = call.BootNotification(
            charge_point_model="M1",
            charge_point_vendor="Mobility",
            charge_point_serial_number="SN-1",
            firmware_version="1.2.3",
        )
        self.add(lambda: payload, first=True)

    def heartbeat(self) -> None:
        """A sign of life."""
        self.add(call.Heartbeat)

    def status(self, connector: str, status: str) -> None:
        """The status of a connector."""
        self.shown = status
        payload = call.StatusNotification(
            connector_id=int(connector), error_code="NoError", status=status, timestamp=program.now()
        )
        self.add(lambda: payload)

    def authorize(self, tag: str) -> None:
        """A card is shown."""
        self.add(lambda: call.Authorize(id_tag=tag))

    def start(self, connector: str, tag: str, meter: str) -> None:
        """A transaction begins."""
        self.connector, self.token, self.meter_wh = int(connector), tag, int(meter)
        payload = call.StartTransaction(
            connector_id=self.connector, id_tag=tag, meter_start=self.meter_wh, timestamp=program.now()
        )
        self.add(lambda: payload)

    def meter(self, register: str, power: str, soc: str) -> None:
        """A periodic sample of the running transaction."""
        self.meter_wh = int(float(register))
        values = [
            {"value": register, "unit": "Wh", "measurand": "Energy.Active.Import.Register"},
            {"value": power, "unit": "W", "measurand": "Power.Active.Import"},
            {"value": soc, "unit": "Percent", "measurand": "SoC", "location": "EV"},
        ]
        sampled = [{"timestamp": program.now(), "sampled_value": values}]
        connector = self.connector
        self.add(lambda: call.MeterValues(connector, sampled, transaction_id=self.transaction))

    def stop(self, meter: str, reason: str = "Local") -> None:
        """The transaction ends."""
        moment, tag = program.now(), self.token
        self.add(
            lambda: call.StopTransaction(
                meter_stop=int(meter), timestamp=moment, transaction_id=self.transaction, reason=reason, id_tag=tag
            )
        )

    def call(self, action: str, payload: str) -> None:
        """Any call."""
        made = getattr(call, action)(**camel_to_snake_case(json.loads(payload)))
        self.add(lambda: made)


class Link(ChargePoint):  # type: ignore[misc]
    """One connection: obeys the server."""

    def __init__(self, identity: str, socket: program.Tap, charger: Charger) -> None:
        super().__init__(identity, socket)
        self._charger = charger

    @on(Action.reset)
    def on_reset(self, type: str) -> call_result.Reset:
        """Yes."""
        return call_result.Reset(status="Accepted")

    @after(Action.reset)
    async def after_reset(self, type: str) -> None:
        """Come back and boot; the transaction goes on, as after a loss of power."""
        await self._charger.drop()
        self._charger.boot()

    @on(Action.remote_start_transaction)
    def on_remote_start(self, **_: Any) -> call_result.RemoteStartTransaction:
        """Yes."""
        return call_result.RemoteStartTransaction(status="Accepted")

    @after(Action.remote_start_transaction)
    async def after_remote_start(self, id_tag: str, connector_id: int = 1, **_: Any) -> None:
        """Start."""
        self._charger.start(str(connector_id), id_tag, str(self._charger.meter_wh))

    @on(Action.remote_stop_transaction)
    def on_remote_stop(self, transaction_id: int) -> call_result.RemoteStopTransaction:
        """Only the transaction that runs can be stopped."""
        known = transaction_id == self._charger.transaction
        return call_result.RemoteStopTransaction(status="Accepted" if known else "Rejected")

    @after(Action.remote_stop_transaction)
    async def after_remote_stop(self, transaction_id: int) -> None:
        """Stop."""
        if transaction_id == self._charger.transaction:
            self._charger.stop(str(self._charger.meter_wh), "Remote")

    @on(Action.get_configuration)
    def on_get_configuration(self, key: list[str] | None = None) -> call_result.GetConfiguration:
        """What is configured; unknown keys are named."""
        known = self._charger.configuration
        shown = [{"key": name, "readonly": False, "value": known[name]} for name in key or known if name in known]
        unknown = [name for name in key or [] if name not in known]
        return call_result.GetConfiguration(configuration_key=shown, unknown_key=unknown)

    @on(Action.change_configuration)
    def on_change_configuration(self, key: str, value: str) -> call_result.ChangeConfiguration:
        """Known keys may change."""
        if key not in self._charger.configuration:
            return call_result.ChangeConfiguration(status="NotSupported")
        self._charger.configuration[key] = value
        return call_result.ChangeConfiguration(status="Accepted")

    @on(Action.trigger_message)
    def on_trigger(self, requested_message: str, connector_id: int | None = None) -> call_result.TriggerMessage:
        """Only what this charger can say."""
        known = requested_message in ("Heartbeat", "StatusNotification", "BootNotification")
        return call_result.TriggerMessage(status="Accepted" if known else "NotImplemented")

    @after(Action.trigger_message)
    async def after_trigger(self, requested_message: str, connector_id: int | None = None) -> None:
        """Say it."""
        match requested_message:
            case "Heartbeat":
                self._charger.heartbeat()
            case "StatusNotification":
                status = self._charger.shown if connector_id == self._charger.connector else "Available"
                self._charger.status(str(connector_id or 0), status)
            case "BootNotification":
                self._charger.boot()

    @on(Action.unlock_connector)
    def on_unlock(self, connector_id: int) -> call_result.UnlockConnector:
        """Yes."""
        return call_result.UnlockConnector(status="Unlocked")

    @on(Action.change_availability)
    def on_availability(self, connector_id: int, type: str) -> call_result.ChangeAvailability:
        """Later, when a transaction runs."""
        return call_result.ChangeAvailability(status="Scheduled" if self._charger.transaction else "Accepted")

    @on(Action.clear_cache)
    def on_clear_cache(self) -> call_result.ClearCache:
        """Yes."""
        return call_result.ClearCache(status="Accepted")

    @on(Action.data_transfer)
    def on_data(self, vendor_id: str, **_: Any) -> call_result.DataTransfer:
        """Nobody's vendor."""
        return call_result.DataTransfer(status="UnknownVendorId")


if __name__ == "__main__":
    made = Charger()
    asyncio.run(program.run(made, lambda identity, socket: Link(identity, socket, made), "ocpp1.6", *sys.argv[1:]))
