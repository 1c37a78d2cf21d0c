// `npm run conformance -- ws://localhost:9001`: holds any server of natter.v1 to docs/protocol.md.

import { conformance, rates } from "./suite.ts";

const url = process.argv[2];
if (url === undefined || !URL.canParse(url) || new URL(url).protocol !== "ws:") {
  process.stderr.write("Which server? npm run conformance -- ws://localhost:9001\n");
  process.exit(2);
}
const { hostname, port } = new URL(url);
const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
conformance(target);
rates(target);
