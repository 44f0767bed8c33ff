"""OCPP 2.x: settings by name. A key is a variable ("TxCtrlr.TxStartPoint") or what 1.6 calls it ("HeartbeatInterval").

So that one order says the same to chargers of all versions, as far as they have the same setting.
"""

from collections.abc import Mapping
from typing import Any

from csms.domain.variables import Variable, parse

_OF_16: Mapping[str, str] = {
    "AuthorizationCacheEnabled": "AuthCacheCtrlr.Enabled",
    "AuthorizationKey": "SecurityCtrlr.BasicAuthPassword",
    "AuthorizeRemoteTxRequests": "AuthCtrlr.AuthorizeRemoteStart",
    "ClockAlignedDataInterval": "AlignedDataCtrlr.Interval",
    "ConnectionTimeOut": "TxCtrlr.EVConnectionTimeOut",
    "HeartbeatInterval": "OCPPCommCtrlr.HeartbeatInterval",
    "LocalAuthListEnabled": "LocalAuthListCtrlr.Enabled",
    "LocalAuthorizeOffline": "AuthCtrlr.LocalAuthorizeOffline",
    "LocalPreAuthorize": "AuthCtrlr.LocalPreAuthorize",
    "MaxEnergyOnInvalidId": "TxCtrlr.MaxEnergyOnInvalidId",
    "MeterValueSampleInterval": "SampledDataCtrlr.TxUpdatedInterval",
    "MeterValuesAlignedData": "AlignedDataCtrlr.Measurands",
    "MeterValuesSampledData": "SampledDataCtrlr.TxUpdatedMeasurands",
    "StopTransactionOnEVSideDisconnect": "TxCtrlr.StopTxOnEVSideDisconnect",
    "StopTransactionOnInvalidId": "TxCtrlr.StopTxOnInvalidId",
    "StopTxnAlignedData": "AlignedDataCtrlr.TxEndedMeasurands",
    "StopTxnSampledData": "SampledDataCtrlr.TxEndedMeasurands",
    "UnlockConnectorOnEVSideDisconnect": "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "WebSocketPingInterval": "OCPPCommCtrlr.WebSocketPingInterval",
}

_FOLDED = {name.casefold(): key for name, key in _OF_16.items()}


def variable(key: str) -> Variable | None:
    """The variable that a key means; None where it means none."""
    return parse(_FOLDED.get(key.casefold(), key))


def named(meant: Variable) -> dict[str, Any]:
    """The fields `component` and `variable`."""
    component: dict[str, Any] = {"name": meant.component}
    if meant.component_instance is not None:
        component["instance"] = meant.component_instance
    if meant.evse_id is not None:
        component["evse"] = {"id": meant.evse_id}
        if meant.connector_id is not None:
            component["evse"]["connectorId"] = meant.connector_id
    instance = {} if meant.instance is None else {"instance": meant.instance}
    return {"component": component, "variable": {"name": meant.name, **instance}}


def read(entry: Mapping[str, Any]) -> Variable:
    """The variable of an entry with valid fields `component` and `variable`."""
    component, own = entry["component"], entry["variable"]
    evse = component.get("evse", {})
    return Variable(
        component["name"],
        own["name"],
        component.get("instance"),
        evse.get("id"),
        evse.get("connectorId"),
        own.get("instance"),
    )
