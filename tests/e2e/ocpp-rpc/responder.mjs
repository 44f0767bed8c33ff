// A charge point on npm's ocpp-rpc in strict mode that only obeys: every call of the server is answered from a file
// (action -> payload). The library refuses whatever its own schemas do not know, in either direction.
//
//     PROGRAM URL IDENTITY SUBPROTOCOL ANSWERS
import { readFileSync } from "node:fs";
import { strict } from "./charger.mjs";

const [endpoint, identity, subprotocol, answers] = process.argv.slice(2);
const known = JSON.parse(readFileSync(answers));
const client = strict({ endpoint, identity, protocols: [subprotocol] });

client.handle(({ method }) => known[method]);
process.stdin.on("end", () => process.exit(0)).resume();
await client.connect();
