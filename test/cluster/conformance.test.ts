// Three nodes, held to the conformance suite as one server: whoever connects comes to the next. Not through the
// balancer, for what it and the kernel keep for those who do not read is more than a slow reader may leave waiting.

import { after, describe } from "node:test";
import { conformance } from "../conformance/suite.ts";
import { Cluster } from "./support/cluster.ts";

if (Cluster.isMissing) describe("three nodes", { skip: Cluster.isMissing }, () => {});
else {
  const cluster = await Cluster.start(3, ["--message-rate", "50"]);
  after(() => cluster[Symbol.asyncDispose]());

  const ports = cluster.nodes.map(({ home }) => home.wsPort);
  let turn = 0;
  const target = {
    host: "127.0.0.1",
    nodes: ports.length,
    get port() {
      return ports[turn++ % ports.length]!;
    },
  };

  describe("three nodes, each connection to the next", { concurrency: true }, () => {
    conformance(target);
  });
}
