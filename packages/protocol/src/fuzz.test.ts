import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeClientFrame } from "./decode-client.ts";
import { decodeServerFrame } from "./decode-server.ts";
import { encodeClientFrame, encodeServerFrame } from "./encode.ts";
import { ERRORS, errorFrame } from "./errors.ts";
import { maxRefUnits } from "./limits.ts";
import { cleanName, nameInSentence } from "./names.ts";
import { parseRoom, roomFromPath } from "./rooms.ts";
import { randomFrom, readFrameVectors } from "./testing.ts";

/** Another one: NATTER_FUZZ_SEED=7 npm test -- fuzz. */
const seed = Number(process.env.NATTER_FUZZ_SEED ?? 20260101);
const ROUNDS = 20_000;

/** Pieces that parsers have stumbled over. */
const TRAPS = [
  ...[
    '"',
    "\\",
    "\\u",
    "\\ud800",
    "\\u0000",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "-0",
    "1e999",
    "-",
  ],
  ...[
    "9007199254740993",
    '"__proto__":{}',
    '"constructor"',
    '"type":"send"',
    '"id":',
    "\ud800",
    "\udfff",
    "\0",
  ],
  ...[
    "\ufeff",
    "\u202e",
    "\u200b",
    "\u0301",
    "\u2028",
    "\u{10ffff}",
    "İ",
    "ß",
    "%",
    "%E0",
    "/",
    "..",
    "(",
    ")",
    "3",
  ],
];

const corpus = ["client-frames.json", "server-frames.json"]
  .flatMap(readFrameVectors)
  .map(({ message }) => message)
  .filter((message) => message.length < 1000);

describe("any input", () => {
  it(`F5 P9 ${ROUNDS} mutated messages end in a frame or a typed error, seed ${seed}`, () => {
    const random = randomFrom(seed);
    const bytes = new TextEncoder();
    let accepted = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const text = mutate(pick(corpus, random), random);
      const message = random() < 0.5 ? text : damage(bytes.encode(text), random);
      accepted += checkClient(message) + checkServer(message);
    }
    // Were nothing accepted, the mutations would be too wild to reach what is behind the parser.
    assert.ok(accepted > ROUNDS / 20, `${accepted} accepted`);
  });

  it(`N1 R1 R2 names and rooms come out in a form that stays as it is, seed ${seed}`, () => {
    const random = randomFrom(seed);
    for (let round = 0; round < ROUNDS; round++) {
      const text = mutate(randomText(random), random);
      const cleaned = cleanName(text);
      if (cleaned.ok) {
        assert.deepEqual(cleanName(cleaned.name), cleaned);
        assert.doesNotMatch(nameInSentence(cleaned.name), /[()\p{C}\p{Zl}\p{Zp}]/u);
      }
      const room = roomFromPath(`/${text}`);
      if (room !== undefined && room !== "lobby") assert.equal(parseRoom(room), room);
    }
  });
});

/** One if it was accepted: then it comes through encoding as it was. */
function checkClient(message: string | Uint8Array): number {
  const decoded = decodeClientFrame(message);
  if (decoded.ok) {
    const encoded = encodeClientFrame(decoded.frame);
    const again = decodeClientFrame(encoded);
    assert.ok(again.ok && encodeClientFrame(again.frame) === encoded, encoded);
    return 1;
  }
  const { code, ref } = decoded.error;
  assert.ok(Object.hasOwn(ERRORS, code));
  assert.ok(ref === undefined || ref.length <= maxRefUnits);
  assert.ok(decodeServerFrame(encodeServerFrame(errorFrame(code, decoded.error))).ok);
  return 0;
}

function checkServer(message: string | Uint8Array): number {
  const decoded = decodeServerFrame(message);
  if (!decoded.ok) assert.equal(decoded.error.code, "bad_frame");
  return decoded.ok ? 1 : 0;
}

function mutate(text: string, random: () => number): string {
  let mutated = text;
  for (let times = below(4, random); times > 0; times--) {
    const at = below(mutated.length + 1, random);
    const gone = random() < 0.5 ? below(6, random) : 0;
    mutated = mutated.slice(0, at) + (random() < 0.7 ? pick(TRAPS, random) : "") + mutated.slice(at + gone);
  }
  return mutated;
}

function damage(bytes: Uint8Array, random: () => number): Uint8Array {
  if (bytes.length > 0 && random() < 0.3) bytes[below(bytes.length, random)] = below(256, random);
  return bytes;
}

function randomText(random: () => number): string {
  const letters = Array.from({ length: 1 + below(8, random) }, () =>
    below(random() < 0.5 ? 0x250 : 0x11000, random),
  );
  return String.fromCodePoint(...letters);
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[below(items.length, random)];
  assert.ok(item !== undefined);
  return item;
}

function below(bound: number, random: () => number): number {
  return Math.floor(random() * bound);
}
