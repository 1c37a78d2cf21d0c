import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";
import { damagedFile } from "./connection.ts";

// SQLite reads a WAL up to the first frame whose checksum is wrong and takes the rest for a write that a
// crash
// cut short. For the last transaction that is right: it may not have been acknowledged. But each commit waits
// for its fsync before the next begins, so a wrong frame that a *later* transaction follows is no torn
// write: it is damage, and SQLite would drop acknowledged events without a word. The format is that of
// https://www.sqlite.org/fileformat2.html#the_write_ahead_log

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682;

/**
 * Before the first connection is opened: refuses a WAL that is damaged before its last transaction, and makes
 * what it holds durable. After a kill the frames may be in the page cache only, and a commit that nobody
 * waited for is about to become visible.
 */
export function settleWal(database: string): void {
  const wal = `${database}-wal`;
  if (!existsSync(wal)) return;
  const fd = openSync(wal, "r+");
  try {
    fsyncSync(fd);
    if (!walIsSound(fd)) throw damagedFile(wal);
  } finally {
    closeSync(fd);
  }
}

/** Costs what SQLite's own recovery costs: one pass over the WAL, which checkpoints keep small. */
export function walIsSound(fd: number): boolean {
  const size = fstatSync(fd).size;
  if (size <= HEADER_BYTES) return true;
  const header = readAt(fd, 0, HEADER_BYTES);
  const magic = header.readUInt32BE(0);
  const pageBytes = header.readUInt32BE(8);
  const sum = checksum((magic & 1) === 1, [0, 0], header, 0, 24);
  const headerIsRight =
    (magic & ~1) >>> 0 === MAGIC && sum[0] === header.readUInt32BE(24) && sum[1] === header.readUInt32BE(28);
  // The header is synced before the first frame is written; without one there was no commit.
  if (!headerIsRight) return isBlank(header) && isBlank(readAt(fd, HEADER_BYTES, FRAME_HEADER_BYTES));
  return framesAreSound(fd, { header, sum, pageBytes, bigEndian: (magic & 1) === 1, size });
}

interface Wal {
  header: Buffer;
  sum: Sum;
  pageBytes: number;
  bigEndian: boolean;
  size: number;
}

function framesAreSound(fd: number, { header, sum, pageBytes, bigEndian, size }: Wal): boolean {
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  let expected = sum;
  let broken = false;
  let transactionEnded = false;
  for (let at = HEADER_BYTES; at + frameBytes <= size; at += frameBytes) {
    const frame = readAt(fd, at, frameBytes);
    const stored: Sum = [frame.readUInt32BE(16), frame.readUInt32BE(20)];
    const ofThisWal = frame.compare(header, 16, 24, 8, 16) === 0;
    const body = checksum(bigEndian, expected, frame, 0, 8);
    const actual = checksum(bigEndian, body, frame, FRAME_HEADER_BYTES, frameBytes);
    const right = ofThisWal && actual[0] === stored[0] && actual[1] === stored[1];
    if (broken && right && transactionEnded) return false;
    broken ||= !right;
    // A frame of an earlier use of the file ends nothing.
    if (broken && ofThisWal && frame.readUInt32BE(4) !== 0) transactionEnded = true;
    // Going on from what a wrong frame says, the ones after it can still be told right from wrong.
    expected = stored;
  }
  return true;
}

type Sum = [number, number];

function checksum(bigEndian: boolean, [a, b]: Sum, bytes: Buffer, from: number, to: number): Sum {
  const words = wordsOf(bigEndian, bytes, from, to);
  let s0 = a;
  let s1 = b;
  for (let i = 0; i < words.length; i += 2) {
    s0 = (s0 + words[i]! + s1) >>> 0;
    s1 = (s1 + words[i + 1]! + s0) >>> 0;
  }
  return [s0, s1];
}

function wordsOf(bigEndian: boolean, bytes: Buffer, from: number, to: number): Uint32Array {
  const copy = Buffer.from(new ArrayBuffer(to - from));
  bytes.copy(copy, 0, from, to);
  if (bigEndian !== (endianness() === "BE")) copy.swap32();
  return new Uint32Array(copy.buffer, copy.byteOffset, copy.length / 4);
}

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(fd, bytes, 0, length, at);
  return bytes;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
