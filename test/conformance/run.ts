// `npm run conformance -- ws://localhost:9001`: holds any server of natter.v1 to docs/protocol.md.
// It makes rooms and messages on that server: ask one whose data may be thrown away.

import { connect } from "node:net";
import { conformance, rates } from "./suite.ts";

const url = process.argv[2];
if (url === undefined || !URL.canParse(url) || new URL(url).protocol !== "ws:") {
  process.stderr.write("Which server? npm run conformance -- ws://localhost:9001\n");
  process.exit(2);
}
const { hostname, port } = new URL(url);
const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
await new Promise<void>((resolve) => {
  const knock = connect(target.port, target.host, () => {
    knock.destroy();
    resolve();
  });
  knock.on("error", (error) => {
    process.stderr.write(`Nobody answers at ${url}: ${error.message}\n`);
    process.exit(1);
  });
});
conformance(target);
rates(target);
