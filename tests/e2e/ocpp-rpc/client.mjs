// A charge point on npm's ocpp-rpc in strict mode: the library itself refuses every frame, in or out, that its
// schemas do not know. It obeys the language of tests/e2e/clients/__init__.py and reconnects by itself.
import { createInterface } from "node:readline";
import ocppRpc from "ocpp-rpc";

const [url, identity, password] = process.argv.slice(2);
const OPEN = 1;
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const now = () => new Date().toISOString();

const client = new ocppRpc.RPCClient({
  endpoint: url,
  identity,
  password,
  protocols: ["ocpp1.6"],
  strictMode: true,
  backoff: { initialDelay: 50, maxDelay: 200, factor: 2, randomisationFactor: 0 },
});

// What outlives a connection. A record is made anew from what is known whenever it is sent.
const records = [];
const configuration = { HeartbeatInterval: "300", MeterValueSampleInterval: "60", NumberOfConnectors: "2" };
let transaction, token = "", connector = 1, status = "Available", meter = 0;
let working = false;

function add(action, make, first = false) {
  records[first ? "unshift" : "push"]({ action, make });
  if (!working) work();
}

// Send the records one by one; each stays first until it is answered, whatever becomes of the connection.
async function work() {
  working = true;
  while (records.length > 0 && client.state === OPEN) {
    const record = records[0];
    try {
      const answer = await client.call(record.action, record.make());
      if (record.action === "StartTransaction") transaction = answer.transactionId;
    } catch (error) {
      if (error.name === "AbortError") continue;
      say({ event: "refused", why: String(error) });
    }
    records.splice(records.indexOf(record), 1);
  }
  working = false;
}

const commands = {
  boot: () => add("BootNotification", () => ({
    chargePointModel: "M2", chargePointVendor: "Rpc", chargePointSerialNumber: "SN-2", firmwareVersion: "2.2.1",
  }), true),
  heartbeat: () => add("Heartbeat", () => ({})),
  status: (id, word) => {
    status = word;
    const payload = { connectorId: Number(id), errorCode: "NoError", status, timestamp: now() };
    add("StatusNotification", () => payload);
  },
  authorize: (tag) => add("Authorize", () => ({ idTag: tag })),
  start: (id, tag, register) => {
    [connector, token, meter] = [Number(id), tag, Number(register)];
    const payload = { connectorId: connector, idTag: tag, meterStart: meter, timestamp: now() };
    add("StartTransaction", () => payload);
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
    add("MeterValues", () => ({ connectorId, transactionId: transaction, meterValue }));
  },
  stop: (register, reason = "Local") => {
    const [timestamp, idTag, meterStop] = [now(), token, Number(register)];
    add("StopTransaction", () => ({ transactionId: transaction, idTag, meterStop, reason, timestamp }));
  },
  call: (action, payload) => add(action, () => JSON.parse(payload)),
};

// ---- Orders of the server: answer, then do --------------------------------------------------------------------------

const then = (deed) => setImmediate(deed);
// client.close() would end the client for good; closing the socket under it makes it come back.
const drop = () => client._ws?.close(1001);

client.handle("Reset", () => {
  then(() => { client.once("disconnect", () => then(commands.boot)); drop(); });
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

// ---- The wire and the commands ---------------------------------------------------------------------------------------

client.on("message", ({ message, outbound }) => say({ [outbound ? "sent" : "received"]: JSON.parse(message) }));
client.on("strictValidationFailure", ({ method, error }) => say({ event: "invalid", method, why: String(error) }));
client.on("badMessage", ({ error }) => say({ event: "invalid", why: String(error) }));
client.on("open", () => {
  say({ event: "connected", subprotocol: client.protocol });
  if (!working) work();
});
client.on("disconnect", ({ code }) => say({ event: "disconnected", why: String(code) }));

createInterface({ input: process.stdin }).on("line", (line) => {
  const [verb, ...words] = line.split(" ");
  if (verb === "quit") process.exit(0);
  if (verb === "reconnect") return drop();
  commands[verb](...(verb === "call" ? [words[0], words.slice(1).join(" ")] : words));
}).on("close", () => process.exit(0));

async function connect() {
  try {
    await client.connect();
  } catch (error) {
    say({ event: "disconnected", why: String(error) });
    setTimeout(connect, 50);
  }
}
connect();
