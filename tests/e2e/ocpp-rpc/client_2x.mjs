// A 2.0.1 or 2.1 charging station on npm's ocpp-rpc in strict mode; what it obeys: see tests/e2e/clients/__init__.py.
// `start`, `meter` and `stop` are TransactionEvents, and so is a `status` that tells how the car charges.
//
//     PROGRAM 2.0.1|2.1 URL IDENTITY [PASSWORD]
import { randomUUID } from "node:crypto";
import { Charger, now, then } from "./charger.mjs";

const [version] = process.argv.splice(2, 1);
const charger = new Charger(`ocpp${version}`);
const { client } = charger;
const variables = { "OCPPCommCtrlr.HeartbeatInterval": "300" };
let transaction, seqNo = 0, token = "", evse = 1, meter = 0;

const register = (value, context) =>
  ({ value, context, measurand: "Energy.Active.Import.Register", unitOfMeasure: { unit: "Wh" } });
const idToken = (text) => ({ idToken: text, type: "ISO14443" });

// The next event of the transaction.
function event(eventType, triggerReason, { about = {}, values, told, ...more } = {}) {
  const timestamp = now();
  const payload = {
    eventType, timestamp, triggerReason, seqNo, transactionInfo: { transactionId: transaction, ...about }, ...more,
  };
  if (values) payload.meterValue = [{ timestamp, sampledValue: values }];
  if (told) payload.idToken = idToken(told);
  seqNo += 1;
  charger.add("TransactionEvent", () => payload);
}

const commands = {
  boot: (reason = "PowerUp") => charger.add("BootNotification", () => ({
    reason, chargingStation: { model: "M2", vendorName: "Rpc", serialNumber: "SN-2", firmwareVersion: "2.2.1" },
  }), { first: true }),
  heartbeat: () => charger.add("Heartbeat", () => ({})),
  status: (id, word) => {
    if (transaction && ["Charging", "SuspendedEV", "SuspendedEVSE"].includes(word)) {
      return event("Updated", "ChargingStateChanged", { about: { chargingState: word } });
    }
    const connectorStatus = ["Available", "Reserved", "Unavailable", "Faulted"].includes(word) ? word : "Occupied";
    const payload = { timestamp: now(), connectorStatus, evseId: Number(id), connectorId: 1 };
    charger.add("StatusNotification", () => payload);
  },
  authorize: (tag) => charger.add("Authorize", () => ({ idToken: idToken(tag) })),
  start: (id, tag, wh, remoteStartId) => {
    [evse, token, meter, transaction, seqNo] = [Number(id), tag, Number(wh), randomUUID(), 0];
    const remote = remoteStartId !== undefined;
    event("Started", remote ? "RemoteStart" : "Authorized", {
      about: remote ? { remoteStartId } : {},
      values: [register(meter, "Transaction.Begin")],
      told: tag,
      evse: { id: evse, connectorId: 1 },
    });
  },
  meter: (wh, power, soc) => {
    meter = Number(wh);
    event("Updated", "MeterValuePeriodic", { values: [
      register(meter, "Sample.Periodic"),
      { value: Number(power), measurand: "Power.Active.Import", unitOfMeasure: { unit: "W" } },
      { value: Number(soc), measurand: "SoC", location: "EV", unitOfMeasure: { unit: "Percent" } },
    ] });
  },
  stop: (wh, reason = "Local") => {
    const values = [register(Number(wh), "Transaction.End")];
    const why = reason === "Remote" ? "RemoteStop" : "StopAuthorized";
    event("Ended", why, { about: { stoppedReason: reason }, values, told: token });
    transaction = undefined;
  },
};

// ---- Orders of the server --------------------------------------------------------------------------------------------

const name = ({ component, variable }) => `${component.name}.${variable.name}`;
const known = (asked) => name(asked) in variables;
const about = ({ component, variable }, found) => ({ component, variable, ...found });

// The transaction goes on, as after a loss of power.
client.handle("Reset", () => {
  charger.reboot(() => commands.boot("RemoteReset"));
  return { status: "Accepted" };
});
client.handle("RequestStartTransaction", ({ params }) => {
  then(() => commands.start(params.evseId ?? 1, params.idToken.idToken, meter, params.remoteStartId));
  return { status: "Accepted" };
});
client.handle("RequestStopTransaction", ({ params }) => {
  if (params.transactionId !== transaction) return { status: "Rejected" };
  then(() => commands.stop(meter, "Remote"));
  return { status: "Accepted" };
});
client.handle("GetTransactionStatus", () => ({ messagesInQueue: charger.records.length > 0 }));
// Variables can be asked for one by one.
client.handle("GetBaseReport", () => ({ status: "NotSupported" }));
client.handle("GetVariables", ({ params }) => ({
  getVariableResult: params.getVariableData.map((asked) => about(asked, known(asked)
    ? { attributeStatus: "Accepted", attributeValue: variables[name(asked)] }
    : { attributeStatus: "UnknownVariable" })),
}));
client.handle("SetVariables", ({ params }) => ({
  setVariableResult: params.setVariableData.map((asked) => {
    if (!known(asked)) return about(asked, { attributeStatus: "UnknownVariable" });
    variables[name(asked)] = asked.attributeValue;
    return about(asked, { attributeStatus: "Accepted" });
  }),
}));
client.handle("TriggerMessage", ({ params }) => {
  const deeds = { Heartbeat: commands.heartbeat, BootNotification: () => commands.boot("Triggered") };
  const deed = deeds[params.requestedMessage];
  if (!deed) return { status: "NotImplemented" };
  then(() => deed());
  return { status: "Accepted" };
});

charger.run(commands);
