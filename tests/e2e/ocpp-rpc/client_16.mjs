// A 1.6 charge point on npm's ocpp-rpc in strict mode; what it obeys: see tests/e2e/clients/__init__.py.
import { Charger, now, then } from "./charger.mjs";

const charger = new Charger("ocpp1.6");
const { client } = charger;
const configuration = { HeartbeatInterval: "300", MeterValueSampleInterval: "60", NumberOfConnectors: "2" };
let transaction, token = "", connector = 1, status = "Available", meter = 0;

const commands = {
  boot: () => charger.add("BootNotification", () => ({
    chargePointModel: "M2", chargePointVendor: "Rpc", chargePointSerialNumber: "SN-2", firmwareVersion: "2.2.1",
  }), { first: true }),
  heartbeat: () => charger.add("Heartbeat", () => ({})),
  status: (id, word) => {
    status = word;
    const payload = { connectorId: Number(id), errorCode: "NoError", status, timestamp: now() };
    charger.add("StatusNotification", () => payload);
  },
  authorize: (tag) => charger.add("Authorize", () => ({ idTag: tag })),
  start: (id, tag, register) => {
    [connector, token, meter] = [Number(id), tag, Number(register)];
    const payload = { connectorId: connector, idTag: tag, meterStart: meter, timestamp: now() };
    charger.add("StartTransaction", () => payload, { answered: (answer) => { transaction = answer.transactionId; } });
  },
  meter: (register, power, soc) => {
    meter = Math.trunc(Number(register));
    const sampledValue = [
      { value: register, unit: "Wh", measurand: "Energy.Active.Import.Register" },
      { value: power, unit: "W", measurand: "Power.Active.Import" },
      { value: soc, unit: "Percent", measurand: "SoC", location: "EV" },
    ];
    const meterValue = [{ timestamp: now(), sampledValue }];
    const connectorId = connector;
    charger.add("MeterValues", () => ({ connectorId, transactionId: transaction, meterValue }));
  },
  stop: (register, reason = "Local") => {
    const [timestamp, idTag, meterStop] = [now(), token, Number(register)];
    charger.add("StopTransaction", () => ({ transactionId: transaction, idTag, meterStop, reason, timestamp }));
  },
};

// ---- Orders of the server --------------------------------------------------------------------------------------------

client.handle("Reset", () => {
  charger.reboot(commands.boot);
  return { status: "Accepted" };
});
client.handle("RemoteStartTransaction", ({ params }) => {
  then(() => commands.start(params.connectorId ?? 1, params.idTag, meter));
  return { status: "Accepted" };
});
client.handle("RemoteStopTransaction", ({ params }) => {
  if (params.transactionId !== transaction) return { status: "Rejected" };
  then(() => commands.stop(meter, "Remote"));
  return { status: "Accepted" };
});
client.handle("GetConfiguration", ({ params }) => {
  const asked = params.key?.length ? params.key : Object.keys(configuration);
  return {
    configurationKey: asked.filter((key) => key in configuration)
      .map((key) => ({ key, readonly: false, value: configuration[key] })),
    unknownKey: asked.filter((key) => !(key in configuration)),
  };
});
client.handle("ChangeConfiguration", ({ params }) => {
  if (!(params.key in configuration)) return { status: "NotSupported" };
  configuration[params.key] = params.value;
  return { status: "Accepted" };
});
client.handle("TriggerMessage", ({ params }) => {
  const deeds = {
    Heartbeat: () => commands.heartbeat(),
    BootNotification: () => commands.boot(),
    StatusNotification: () =>
      commands.status(params.connectorId ?? 0, params.connectorId === connector ? status : "Available"),
  };
  const deed = deeds[params.requestedMessage];
  if (!deed) return { status: "NotImplemented" };
  then(deed);
  return { status: "Accepted" };
});
client.handle("UnlockConnector", () => ({ status: "Unlocked" }));
client.handle("ChangeAvailability", () => ({ status: transaction ? "Scheduled" : "Accepted" }));
client.handle("ClearCache", () => ({ status: "Accepted" }));
client.handle("DataTransfer", () => ({ status: "UnknownVendorId" }));

charger.run(commands);
