// Whether what a server said may be said at all: the oracle of the fuzzer. It knows the rules, not what was sent.

import assert from "node:assert/strict";
import { CLOSE_CODES, decodeServerFrame, ERRORS } from "@natter/protocol";

/** One of the three sentences; a text may have lines of its own. */
const SENTENCE = /^(New client \([^()]+\) connected|Client \([^()]+\) (left|: .*))$/su;
const LINE_BREAK = /[\n\v\f\r\u0085\u2028\u2029]/;
/** What would pass for a sentence of its own, were it to begin a line. */
const FORGED = /^[\s\p{C}]*(new )?client \(/iu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STEERING = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_IN_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
// The rules once more, in other words: with the server's own code a rule that it forgot would be forgotten here.
const ROOM = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]{0,63}$/u;
const NAME = /^[^\p{C}\p{Zl}\p{Zp}\u200b-\u200f\u3164]{1,32}$/u;
const ONLY_NUMBERS = /^[\p{N}\s]+$/u;
const PILED = /^\p{M}|[\p{Mn}\p{Me}]{4}/u;

/** What plain clients hear. */
export function judgeLine(line: string): void {
  assert.match(line, SENTENCE);
  assert.doesNotMatch(line, STEERING, "B4");
  for (const further of line.split(LINE_BREAK).slice(1)) assert.doesNotMatch(further, FORGED, "B4");
}

/** What a client of natter.v1 hears. */
export function judgeFrame(text: string): void {
  const decoded = decodeServerFrame(text);
  assert.ok(decoded.ok, `it is no frame: ${text.slice(0, 300)}`);
  const { frame } = decoded;
  if (frame.type === "error") {
    assert.ok(Object.hasOwn(ERRORS, frame.code), `${frame.code} is not documented`);
    assert.ok(!["internal", "unavailable"].includes(frame.code), text);
  }
  if (frame.type === "event" && frame.kind === "message") judgeEvent(frame);
  if (frame.type === "page")
    for (const event of frame.events) if (event.kind === "message") judgeEvent(event);
  if ("you" in frame) judgeName(frame.you.name);
}

type Said = {
  readonly room: string;
  readonly text: string;
  readonly from: { readonly name: string; readonly plain?: true | undefined };
};

function judgeEvent({ text, from, room }: Said): void {
  assert.match(room, ROOM, "R1");
  judgeName(from.name, from.plain);
  assert.ok(Buffer.byteLength(text) <= 8_192, "S3 B6");
  // B5: a plain client's line may be what send refuses, but never longer.
  if (from.plain) return;
  const shown = JSON.stringify(text.slice(0, 100));
  assert.ok(text.isWellFormed() && !CONTROL_IN_TEXT.test(text) && text.trim() !== "", `S3 ${shown}`);
}

function judgeName(name: string, plain?: true): void {
  if (plain && /^\d+$/.test(name)) return;
  const isFine = NAME.test(name) && !ONLY_NUMBERS.test(name) && !PILED.test(name) && name === name.trim();
  assert.ok(isFine && name.normalize("NFC") === name, `N1 N2 N3 ${JSON.stringify(name)}`);
}

/** @param allowed by what was sent on this connection */
export function judgeClosing(code: number, allowed: ReadonlySet<number>): void {
  assert.ok(Object.hasOwn(CLOSE_CODES, code) || allowed.has(code), `close code ${code} is not documented`);
  assert.ok(
    allowed.has(code),
    `closed with ${code}, where ${[...allowed].join(", ") || "nothing"} is allowed`,
  );
}

/** Of an HTTP answer; 0: none, which a request may get that is not complete. */
const STATUSES = [100, 101, 200, 304, 400, 403, 404, 405, 408, 413, 414, 415, 417, 426, 431, 501, 505];

export function judgeStatus(status: number, isRated: boolean): void {
  const isDocumented = status === 0 || STATUSES.includes(status) || (isRated && status === 429);
  assert.ok(isDocumented, `HTTP status ${status}`);
}
