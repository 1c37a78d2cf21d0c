import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "@natter/protocol";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { eventually } from "./support/eventually.ts";
import { Home, megabytes, residentBytes } from "./support/home.ts";
import { LightReader } from "./support/light-reader.ts";
import { ResumingClient } from "./support/resuming-client.ts";
import { sized, TIMEOUT_MS } from "./support/sizes.ts";
import { Wire } from "./support/wire.ts";

const { healthyCount, stalledCount } = sized({
  every: { healthyCount: 200, stalledCount: 50 },
  long: { healthyCount: 1_800, stalledCount: 200 },
});
const TEXT = "x".repeat(limits.maxTextBytes);
/** The kernel takes about 4 MB for each stalled reader before the server notices: this is more than 8. */
const MESSAGES = 1_100;
const MESSAGES_BEFORE = 200;
const UNSETTLED = 8;
const PATIENCE_MS = sized({ every: 30_000, long: 600_000 });
/** What a stalled reader may cost: what may wait for it, and a turn's worth on top. */
const BYTES_EACH = 2 * 1024 * 1024;
/** What the process takes and gives back as it likes: garbage, and what the store's threads keep. */
const SLACK_BYTES = 250 * 1024 * 1024;

describe("slow readers", () => {
  it(`P7 cost bounded memory, harm nobody, and miss nothing: ${stalledCount} stalled, ${healthyCount} healthy`, {
    timeout: TIMEOUT_MS,
  }, async (t) => {
    await using home = await Home.start();
    const writer = new ResumingClient({
      ...{ name: "writer", rooms: ["big"], port: home.wsPort, random: new Random(1) },
    });
    const healthy = Array.from({ length: healthyCount }, () => new LightReader(home.wsPort, "big"));
    const stalled: LightReader[] = [];
    const plain: { wire: Wire; heard: number; isClosed: boolean }[] = [];
    const sentAt: number[] = [];
    let sent = 0;
    let delays: number[] = [];
    for (const reader of healthy) reader.onEvent = (seq) => delays.push(performance.now() - sentAt[seq]!);

    const write = async (count: number): Promise<number> => {
      delays = [];
      const last = sent + count;
      const timer = setInterval(() => {
        for (; sent < last && writer.model.unsettled < UNSETTLED; ) {
          sentAt[++sent] = performance.now();
          writer.say("big", TEXT);
        }
      }, 1);
      try {
        await allAt(healthy, last);
      } finally {
        clearInterval(timer);
      }
      return percentile(delays, 0.99);
    };
    try {
      await eventually(() => healthy.every(({ isJoined }) => isJoined), "the readers to be there");
      const withoutMs = await write(MESSAGES_BEFORE);
      const bytesBefore = await residentBytes(home.pid);

      for (let n = 0; n < stalledCount / 2; n++) {
        stalled.push(new LightReader(home.wsPort, "big"));
        const one = { heard: 0, isClosed: false };
        const onMessage = (): void => {
          one.heard++;
        };
        const onClose = (): void => {
          one.isClosed = true;
        };
        const wire = new Wire({ port: home.wsPort, path: "/big", onMessage, onClose });
        plain.push(Object.assign(one, { wire }));
      }
      await allAt(stalled, MESSAGES_BEFORE);
      await eventually(() => plain.every(({ wire }) => wire.isOpen), "the plain clients to be there");
      for (const { wire } of [...stalled, ...plain]) wire.socket.pause();
      const withMs = await write(MESSAGES);
      const bytes = (await residentBytes(home.pid)) - bytesBefore;

      for (const { wire } of [...stalled, ...plain]) wire.socket.resume();
      await allAt(stalled, MESSAGES_BEFORE + MESSAGES);
      await eventually(() => plain.every(({ isClosed }) => isClosed), "L4 the plain clients are cut off");
      assert.ok(plain.every(({ heard }) => heard < MESSAGES));
      const slowOnes = (): number =>
        home.natter.log.reduce((sum, { event, of, count }) => {
          if (event === "cut_off") return sum + 1;
          return event === "left_out" && of === "cut_off" ? sum + Number(count) : sum;
        }, 0);
      await eventually(
        () => slowOnes() >= plain.length,
        () => `only ${slowOnes()} were found to be slow`,
      );
      assert.ok(bytes < stalledCount * BYTES_EACH + SLACK_BYTES, `P7 it took ${megabytes(bytes)} more`);
      // No promise in ms: only that the healthy ones do not wait for the others.
      assert.ok(withMs < 5 * withoutMs + 200, `P7 p99 was ${withoutMs} ms, and is ${withMs} ms`);
      t.diagnostic(
        `p99 of delivery ${withoutMs.toFixed(1)} ms without, ${withMs.toFixed(1)} ms with stalled readers; ` +
          `${megabytes(bytes)} more memory; ` +
          `${stalled.filter(({ returns }) => returns > 0).length} of ${stalled.length} came back on a new connection`,
      );
    } finally {
      writer.end();
      for (const reader of [...healthy, ...stalled]) reader.end();
      for (const { wire } of plain) wire.cut();
    }
  });
});

async function allAt(readers: readonly LightReader[], seq: number): Promise<void> {
  await eventually(
    () => readers.every(({ position, failure }) => position === seq || failure !== undefined),
    () => `P5 ${readers.filter(({ position }) => position !== seq).length} readers are not at ${seq}`,
    PATIENCE_MS,
  );
  for (const { failure } of readers) assert.equal(failure, undefined);
}

function percentile(values: number[], part: number): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length * part)]!;
}
