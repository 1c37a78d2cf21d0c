// Our own server, held to the conformance suite: once as it comes, and once with a rate that is soon spent.

import { after, describe } from "node:test";
import { Natter } from "../support/natter.ts";
import { conformance, rates } from "./suite.ts";

const natter = await Natter.start();
const strict = await Natter.start(["--message-rate", "5"]);
after(async () => {
  await natter[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
});

describe("our server", { concurrency: true }, () => {
  conformance({ host: "127.0.0.1", port: natter.wsPort });
  rates({ host: "127.0.0.1", port: strict.wsPort });
});
