// What every charge point on npm's ocpp-rpc here does: strict mode, staying connected, records that are sent one by one,
// and the language of tests/e2e/clients/__init__.py. In strict mode the library itself refuses every frame, in or out,
// that its schemas do not know.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import ocppRpc from "ocpp-rpc";

const OPEN = 1;
export const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
export const now = () => new Date().toISOString();
// Orders are answered first, and obeyed then.
export const then = (deed) => setImmediate(deed);

// ocpp-rpc 2.2.1 asks for every schema as urn:X.req and urn:X.conf, but those of 2.1 are there as urn:XRequest and
// urn:XResponse, so that its strict mode finds none of them: here they are by the names that it asks for.
function validators() {
  const schemas = createRequire(import.meta.url)("ocpp-rpc/lib/schemas/ocpp2_1.json");
  const named = schemas.map((schema) => ({
    ...schema, $id: schema.$id.replace(/Request$/, ".req").replace(/Response$/, ".conf"),
  }));
  return [ocppRpc.createValidator("ocpp2.1", named)];
}

// A client of the library in strict mode that tells what crosses the wire.
export function strict(options) {
  const client = new ocppRpc.RPCClient({
    strictMode: true,
    strictModeValidators: validators(),
    backoff: { initialDelay: 50, maxDelay: 200, factor: 2, randomisationFactor: 0 },
    ...options,
  });
  client.on("strictValidationFailure", ({ method, error }) => say({ event: "invalid", method, why: String(error) }));
  client.on("badMessage", ({ error }) => say({ event: "invalid", why: String(error) }));
  client.on("open", () => say({ event: "connected", subprotocol: client.protocol }));
  return client;
}

// What outlives a connection: the records that wait for their answer. A record is made anew whenever it is sent.
export class Charger {
  constructor(subprotocol) {
    const [endpoint, identity, password] = process.argv.slice(2);
    this.client = strict({ endpoint, identity, password, protocols: [subprotocol] });
    this.records = [];
    this.working = false;
    this.client.on("message", ({ message, outbound }) =>
      say({ [outbound ? "sent" : "received"]: JSON.parse(message) }));
    this.client.on("disconnect", ({ code }) => say({ event: "disconnected", why: String(code) }));
    this.client.on("open", () => this.work());
  }

  add(action, make, { first = false, answered = () => {} } = {}) {
    this.records[first ? "unshift" : "push"]({ action, make, answered });
    this.work();
  }

  // Send the records one by one; each stays first until it is answered, whatever becomes of the connection.
  async work() {
    if (this.working) return;
    this.working = true;
    while (this.records.length > 0 && this.client.state === OPEN) {
      const record = this.records[0];
      try {
        record.answered(await this.client.call(record.action, record.make()));
      } catch (error) {
        if (error.name === "AbortError") continue;
        say({ event: "refused", why: String(error) });
      }
      this.records.splice(this.records.indexOf(record), 1);
    }
    this.working = false;
  }

  // client.close() would end the client for good; closing the socket under it makes it come back.
  drop() {
    this.client._ws?.close(1001);
  }

  // Come back, and boot first.
  reboot(boot) {
    then(() => { this.client.once("disconnect", () => then(boot)); this.drop(); });
  }

  // Obey `commands` (verb -> deed), and be connected all the while.
  run(commands) {
    const deeds = { ...commands, call: (action, payload) => this.add(action, () => JSON.parse(payload)) };
    createInterface({ input: process.stdin }).on("line", (line) => {
      const [verb, ...words] = line.split(" ");
      if (verb === "quit") process.exit(0);
      if (verb === "reconnect") return this.drop();
      deeds[verb](...(verb === "call" ? [words[0], words.slice(1).join(" ")] : words));
    }).on("close", () => process.exit(0));
    this.connect();
  }

  async connect() {
    try {
      await this.client.connect();
    } catch (error) {
      say({ event: "disconnected", why: String(error) });
      setTimeout(() => this.connect(), 50);
    }
  }
}
