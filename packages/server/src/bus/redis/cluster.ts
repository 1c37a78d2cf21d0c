// A Redis Cluster: which of its nodes has which channel. Only what natter needs of it.

import * as v from "valibot";

/** One master with its ranges of slots, both ends included. */
export type Shard = {
  /** Empty where Redis does not know its own name: then it is the host that was asked. */
  readonly host: string;
  readonly port: number;
  readonly ranges: readonly (readonly [from: number, to: number])[];
};

export const SLOTS = 16_384;

/** The slot of a channel, as of a key: of what stands in its first braces, if anything does. */
export function slotOf(channel: string): number {
  const open = channel.indexOf("{");
  const close = channel.indexOf("}", open + 1);
  const hashed = open >= 0 && close > open + 1 ? channel.slice(open + 1, close) : channel;
  return crc16(Buffer.from(hashed)) % SLOTS;
}

/**
 * Reads the answer to CLUSTER SLOTS.
 *
 * @throws where it is none, or some slots have no master
 */
export function parseSlots(reply: unknown): readonly Shard[] {
  if (!v.is(slotsReply, reply)) throw new Error("CLUSTER SLOTS was not answered as it should be.");
  const shards = new Map<string, Shard & { ranges: [number, number][] }>();
  let covered = 0;
  for (const [from, to, [host, port]] of reply) {
    const shard = shards.get(`${host}:${port}`) ?? { host: nameOf(host), port, ranges: [] };
    shards.set(`${host}:${port}`, shard);
    shard.ranges.push([from, to]);
    covered += to - from + 1;
  }
  if (covered !== SLOTS) throw new Error("The Redis cluster has slots that no node serves.");
  return [...shards.values()];
}

const slot = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(SLOTS - 1));
const slotsReply = v.array(v.looseTuple([slot, slot, v.looseTuple([v.unknown(), v.number()])]));

function nameOf(host: unknown): string {
  return typeof host === "string" && host !== "?" ? host : "";
}

/** CRC16 as the cluster's specification has it (XMODEM). */
function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}
