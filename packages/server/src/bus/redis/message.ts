import * as v from "valibot";
import type { StoredEvent } from "../../store/store.ts";
import type { Hint } from "../bus.ts";

/**
 * What is published: the name of the node, a space, and a hint as JSON or one of these words. The name comes first,
 * so that a node knows its own without parsing them.
 *
 *   beat   I am there
 *   back   I was cut off, and hints of mine may have been lost
 *   bye    I end
 *   lost   you were not heard of, and count as gone
 */
export type Word = (typeof WORDS)[number];

const WORDS = ["beat", "back", "bye", "lost"] as const;

export type Message =
  | { readonly node: string; readonly hint: Hint }
  | { readonly node: string; readonly word: Word };

/** A new name, unlike any other node's. */
export function makeNodeName(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(9))).toString("base64url");
}

export function encode(node: string, message: Hint | Word): string {
  return `${node} ${typeof message === "string" ? message : JSON.stringify(message)}`;
}

/** What each message of that node begins with. */
export function senderPrefix(node: string): Buffer {
  return Buffer.from(`${node} `);
}

export function isFrom(sender: Buffer, bytes: Buffer): boolean {
  return bytes.length >= sender.length && bytes.compare(sender, 0, sender.length, 0, sender.length) === 0;
}

/**
 * Undefined for what is none of ours: a newer node's may have types that this one does not know, and whoever may
 * publish on that Redis can send anything.
 */
export function decode(topic: string, bytes: Buffer): Message | undefined {
  const text = bytes.toString("utf8");
  const node = /^([\w-]{1,64}) /.exec(text)?.[1];
  if (node === undefined) return undefined;
  const body = text.slice(node.length + 1);
  if (isWord(body)) return { node, word: body };
  const hint = decodeHint(topic, body);
  return hint && { node, hint };
}

function isWord(text: string): text is Word {
  return (WORDS as readonly string[]).includes(text);
}

function decodeHint(topic: string, json: string): Hint | undefined {
  try {
    const { success, output } = v.safeParse(hintSchema, JSON.parse(json));
    if (!success || (output.type === "events" && !isTailOf(topic, output.events))) return undefined;
    return output;
  } catch {
    return undefined; // no JSON
  }
}

function isTailOf(topic: string, events: readonly StoredEvent[]): boolean {
  return events.every(
    ({ room, seq }, index) => `room:${room}` === topic && seq > (events[index - 1]?.seq ?? 0),
  );
}

const seq = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const person = v.object({ id: v.string(), name: v.string(), plain: v.optional(v.literal(true)) });

const event = v.object({
  room: v.string(),
  seq,
  kind: v.literal("message"),
  id: v.string(),
  at: v.pipe(v.number(), v.safeInteger()),
  from: person,
  text: v.string(),
});

const hintSchema = v.variant("type", [
  v.object({ type: v.literal("events"), events: v.array(event) }),
  v.object({ type: v.literal("came"), person, n: count }),
  v.object({ type: v.literal("went"), person: v.string(), n: count }),
  v.object({
    type: v.literal("people"),
    room: v.string(),
    people: v.array(person),
    n: count,
    ask: v.boolean(),
  }),
  v.object({ type: v.literal("typing"), from: person }),
  v.object({ type: v.literal("read"), room: v.string(), seq: count, unread: count }),
  v.object({ type: v.literal("renamed"), name: v.string() }),
]);
