// A charge point on npm's ocpp-rpc in strict mode that only obeys: every call of the server is answered from a file
// (action -> payload). The library refuses whatever its own schemas do not know, in either direction.
import { readFileSync } from "node:fs";
import ocppRpc from "ocpp-rpc";

const [url, identity, subprotocol, answers] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const known = JSON.parse(readFileSync(answers));
const client = new ocppRpc.RPCClient({ endpoint: url, identity, protocols: [subprotocol], strictMode: true });

client.handle(({ method }) => known[method]);
client.on("strictValidationFailure", ({ method, error }) => say({ event: "invalid", method, why: String(error) }));
client.on("badMessage", ({ error }) => say({ event: "invalid", why: String(error) }));
client.on("open", () => say({ event: "connected", subprotocol: client.protocol }));
process.stdin.on("end", () => process.exit(0)).resume();
await client.connect();
