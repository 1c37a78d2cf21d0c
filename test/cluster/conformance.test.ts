// Three nodes behind a balancer, held to the conformance suite as one server: whoever connects comes to another node.

import { after, describe } from "node:test";
import { conformance } from "../conformance/suite.ts";
import { Cluster } from "./support/cluster.ts";

const cluster = await Cluster.start(3, ["--message-rate", "50"]);
after(() => cluster[Symbol.asyncDispose]());

describe("three nodes behind a balancer", { concurrency: true }, () => {
  conformance({ host: "127.0.0.1", port: cluster.port, nodes: 3 });
});
