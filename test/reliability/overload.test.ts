import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ChatClient } from "@natter/client";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";
import { enter } from "../conformance/peer.ts";
import { eventually } from "./support/eventually.ts";
import { Flooder } from "./support/flooder.ts";
import { Home, megabytes, residentBytes } from "./support/home.ts";
import { sized, TIMEOUT_MS } from "./support/sizes.ts";

/** A disk that takes so long for a commit of 1,000: a machine cannot send ten times what it takes itself. */
const { commitMs, flooders, rooms, window, seconds } = sized({
  every: { commitMs: 500, flooders: 100, rooms: 1, window: 120, seconds: 8 },
  long: { commitMs: 500, flooders: 500, rooms: 250, window: 120, seconds: 30 },
});
const MOST_BYTES = 500 * 1024 * 1024;
/** Nobody is promised a time under load: only that reading does not hang. */
const READ_MS = 5_000;
const BACK_TO_NORMAL_MS = 5_000;

describe("more than the machine takes", () => {
  it("M5 P1 P7 gets busy with a wait; what was taken is kept, reads go on, and 5 s later all is well", {
    timeout: TIMEOUT_MS,
  }, async (t) => {
    const preload = fileURLToPath(new URL("./support/slow-commits.ts", import.meta.url));
    const slow = { NODE_OPTIONS: `--require=${preload}`, NATTER_TEST_COMMIT_MS: `${commitMs}` };
    await using home = await Home.start({ env: slow });
    const target = { host: "127.0.0.1", port: home.wsPort };
    const load = Array.from({ length: flooders }, (_, index) => {
      const room = `load-${index % rooms}`;
      return new Flooder({ port: home.wsPort, room, name: `f${index}`, window });
    });
    await using chat = new ChatClient({ url: `ws://127.0.0.1:${home.wsPort}/`, name: "Patient" });
    try {
      await eventually(() => load.every(({ isJoined }) => isJoined), "all to be there", 60_000);
      const lobby = await chat.join("load-0");
      const reader = await enter(target, "quiet");
      const late = await enter(target, "after");
      const bytesBefore = await residentBytes(home.pid);

      for (const flooder of load) flooder.start();
      const posted: string[] = [];
      const readsMs: number[] = [];
      let most = 0;
      const until = performance.now() + seconds * 1_000;
      while (performance.now() < until) {
        posted.push(lobby.post(`patient ${posted.length}`).text);
        const before = performance.now();
        reader.say({ type: "history", room: "quiet", limit: 10, ref: "r" });
        await reader.hear("page", READ_MS);
        readsMs.push(performance.now() - before);
        most = Math.max(most, (await residentBytes(home.pid)) - bytesBefore);
        await pause(50);
      }
      const settled = count(load, ({ acknowledged }) => acknowledged.length);
      for (const flooder of load) flooder.stop();
      const overAt = performance.now();

      // The same again and again, without the wait that it is told: how soon is what is to be seen.
      for (let type = ""; type !== "event"; ) {
        late.say({ type: "send", room: "after", id: "hi", text: "hi" });
        do type = JSON.parse(await late.raw.next()).type;
        while (type === "presence");
        if (type !== "event") await pause(100);
      }
      const backMs = performance.now() - overAt;
      assert.ok(backMs < BACK_TO_NORMAL_MS, `${backMs} ms after the load's end`);

      await eventually(() => lobby.messages.length === 0, "the patient one's messages to be stored", 30_000);
      for (const { failure } of load) assert.equal(failure, undefined);
      const busy = count(load, (flooder) => flooder.busy);
      assert.ok(busy > 0, "it was not too much");
      for (const waitMs of load.flatMap(({ waitsMs }) => waitsMs))
        assert.ok(waitMs >= 1_000 && waitMs <= 10_000);
      assert.ok(most < MOST_BYTES, `P7 it took ${megabytes(most)} more`);
      for (const flooder of load) flooder.end();
      await chat.close();
      assert.equal(await home.stop(), 0);
      await checkStored(home.folder, load, posted);
      const offered = count(load, ({ sent }) => sent);
      readsMs.sort((a, b) => a - b);
      t.diagnostic(
        `${offered} offered in ${seconds} s, ${settled} taken, ${busy} busy; reads: median ` +
          `${at(readsMs, 0.5)} ms, p99 ${at(readsMs, 0.99)} ms; ${megabytes(most)} more memory; ` +
          `a message went through ${backMs.toFixed(0)} ms after the end`,
      );
    } finally {
      for (const flooder of load) flooder.end();
    }
  });
});

/** Every id that was acknowledged stands in the log, and the patient one's messages once, in order. */
async function checkStored(
  folder: string,
  load: readonly Flooder[],
  posted: readonly string[],
): Promise<void> {
  const store = await openSqliteStore({ dataDir: folder });
  const ids = new Set<string>();
  const patient: string[] = [];
  for (let room = 0; room < rooms; room++) {
    for (let after = 0; ; ) {
      const { events, head } = await store.read(`load-${room}`, { after, limit: 1_000 });
      for (const { id, from, text } of events) {
        ids.add(id);
        if (from.name === "Patient") patient.push(text);
      }
      after = events.at(-1)?.seq ?? head;
      if (after >= head) break;
    }
  }
  await store.close();
  for (const { acknowledged } of load)
    for (const id of acknowledged) assert.ok(ids.has(id), `P1 ${id} is lost`);
  assert.deepEqual(patient, posted, "P3 P4 the patient one's messages");
}

function count(load: readonly Flooder[], of: (flooder: Flooder) => number): number {
  return load.reduce((sum, flooder) => sum + of(flooder), 0);
}

function at(sorted: readonly number[], part: number): string {
  return (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(0);
}
