import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { decodeServerFrame } from "@natter/protocol";
import { randomFrom } from "../../protocol/src/testing.ts";
import { decode } from "./decode.ts";

type Vector = { name: string; json?: string; parts?: [string, number][] };
const url = new URL("../../protocol/vectors/server-frames.json", import.meta.url);
const vectors = JSON.parse(readFileSync(url, "utf8")) as Vector[];
const messages = vectors.map(
  ({ json, parts = [] }) => json ?? parts.map(([text, times]) => text.repeat(times)).join(""),
);

function judged(data: string): unknown {
  const decoded = decodeServerFrame(data);
  return decoded.ok ? decoded.frame : undefined;
}

describe("decoding a server's frames", () => {
  for (const [index, data] of messages.entries()) {
    it(`F2 F4 ends as in the protocol package: ${vectors[index]!.name}`, () => {
      assert.deepEqual(decode(data), judged(data));
    });
  }

  it("ends as in the protocol package for frames with fields missing, changed and added (F2)", () => {
    const random = randomFrom(1);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
    const values = [
      null,
      true,
      false,
      0,
      1,
      -1,
      1.5,
      2 ** 53,
      "",
      "x",
      [],
      {},
      [null],
      { id: "a", name: "b" },
    ];
    const frames = messages.flatMap((data) => {
      const frame = judged(data);
      return frame === undefined || data.length > 5_000 ? [] : [JSON.stringify(JSON.parse(data))];
    });
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const frame = JSON.parse(pick(frames));
      let place = frame;
      while (random() < 0.5) {
        const inner = Object.values(place).filter((value) => typeof value === "object" && value !== null);
        if (inner.length > 0) place = pick(inner);
      }
      const field = pick([...Object.keys(place), "more", "room", "constructor"]);
      if (random() < 0.3) delete place[field];
      else place[field] = pick(values);
      const data = JSON.stringify(frame);
      const expected = judged(data);
      if (expected === undefined) refused++;
      assert.deepEqual(decode(data), expected, data);
    }
    assert.ok(refused > 2_000);
  });
});
