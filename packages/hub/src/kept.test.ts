// What is kept for as long as somebody is connected. In a process of its own, for it collects garbage.

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { collectGarbage } from "../../../test/support/memory.ts";
import { openHub, turn } from "./testing/hub.ts";

test("of a handshake nothing is kept once a client is there", async (t) => {
  const { hub, meet } = await openHub(t);
  const requests: WeakRef<IncomingMessage>[] = [];
  hub.on("connect", (_, request) => void requests.push(new WeakRef(request)));
  for (let count = 0; count < 10; count++) await meet();
  await turn();
  collectGarbage();
  assert.equal(hub.clients.size, 10);
  const kept = requests.filter((request) => request.deref() !== undefined).length;
  // Node keeps the last one until the next comes.
  assert.ok(kept <= 1, `${kept} of ${requests.length} requests are kept`);
});
