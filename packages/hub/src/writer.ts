import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { WebSocket } from "ws";
import type { WaitingBound } from "./bound.ts";

/** net.Socket's own idle timer asks its handle the same; there is no public way to see a partial write proceed. */
type Handle = { readonly bytesWritten?: number; readonly writeQueueSize?: number };

/** A piece that waits is no smaller, unless nothing else came in its turn. */
const SMALL_BYTES = 4 * 1024;
/** What a piece that waits holds beyond its bytes: its buffer, and its place in the queue. Measured at the process: 440. */
const PIECE_BYTES = 450;
const NOTHING = Buffer.alloc(0);

/**
 * The only way out to one client. Frames wait here until the turn of the event loop ends, then leave in one write.
 *
 * It writes to the socket that the upgrade handed over, beside `ws`, which keeps to itself the handshake, pings,
 * pongs and the close frame. That holds because nothing is compressed or fragmented and every write is whole frames.
 */
export class Writer {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #bound: WaitingBound;
  /** What TLS is given is always taken later, what the kernel is given mostly at once: only then is nobody told so. */
  readonly #isLater: boolean;
  #waiting: Buffer[] = [];
  #bytes = 0;
  /** How many the socket was given while others waited there, and has not written. */
  #pieces = 0;
  /** What the bound knows to wait here; `undefined` once this client is gone. */
  #counted: number | undefined = 0;

  constructor(ws: WebSocket, socket: Socket, bound: WaitingBound) {
    this.#ws = ws;
    this.#socket = socket;
    this.#bound = bound;
    this.#isLater = (socket as TLSSocket).encrypted === true;
  }

  /** `true` when these are the first bytes to wait in this turn. */
  add(bytes: Buffer): boolean {
    this.#bytes += bytes.length;
    return this.#waiting.push(bytes) === 1;
  }

  /**
   * Writes what waits.
   *
   * @param mayWait asked when that is more than may wait: whether it is written all the same
   * @returns `false`: nothing was written, for it may not wait, and the reader has to go
   */
  flush(mayWait: () => boolean): boolean {
    const waiting = this.#waiting;
    const bytes = this.#bytes;
    this.#waiting = [];
    this.#bytes = 0;
    // After the close frame nothing may follow (RFC 6455 section 5.5.1).
    if (waiting.length === 0 || this.#ws.readyState !== this.#ws.OPEN) return true;
    if (this.isOver(bytes) && !mayWait()) return false;
    if (this.#socket.writableLength > 0) this.#writeBehind(waiting);
    else this.#writeFirst(waiting);
    if (this.#socket.writableLength > 0) this.recount();
    return true;
  }

  /** Tells the bound what waits. */
  recount(): void {
    if (this.#counted === undefined) return;
    const bytes = this.waitingBytes;
    this.#bound.add(bytes - this.#counted);
    this.#counted = bytes;
  }

  /** What of all that waits is its own, as the bound knows it. */
  get countedBytes(): number {
    return this.#counted ?? 0;
  }

  /** The client is gone, and what waited for it with it. */
  release(): void {
    this.#bound.add(-this.countedBytes);
    this.#counted = undefined;
  }

  #writeBehind(chunks: readonly Buffer[]): void {
    for (const piece of inOwnMemory(chunks)) {
      this.#pieces++;
      this.#socket.write(piece, this.#written);
    }
  }

  readonly #written = (): void => {
    this.#pieces--;
    this.recount();
  };

  /**
   * Where nothing waits. Not copied, though what the kernel does not take of it keeps the memory that it is a part of: that
   * is one turn's for each reader, and copying took a sixth of what a core delivers to 200 members. A callback costs every
   * client of a room something, so there is one only where something is left.
   */
  #writeFirst(chunks: readonly Buffer[]): void {
    const whenTaken = this.#isLater ? this.#taken : undefined;
    if (chunks.length === 1) this.#socket.write(chunks[0]!, whenTaken);
    else this.#writeTogether(chunks, whenTaken);
    if (!this.#isLater && this.#socket.writableLength > 0) this.#socket.write(NOTHING, this.#taken);
  }

  readonly #taken = (): void => this.recount();

  #writeTogether(pieces: readonly Buffer[], whenTaken: (() => void) | undefined): void {
    this.#socket.cork();
    try {
      for (const piece of pieces) this.#socket.write(piece, whenTaken);
    } finally {
      this.#socket.uncork();
    }
  }

  /** The memory that is held by what the kernel has not taken yet, in bytes; of a thousand short messages most is not theirs. */
  get waitingBytes(): number {
    return this.#socket.writableLength + this.#pieces * PIECE_BYTES;
  }

  /** What may wait here now, in bytes: less, where much waits for others. */
  get mayWaitBytes(): number {
    return this.#bound.ofOne;
  }

  /** Whether `more` bytes on top of what waits are past the bound. */
  isOver(more = 0): boolean {
    const backlog = this.waitingBytes;
    return backlog > 0 && backlog + more > this.mayWaitBytes;
  }

  /** All that the kernel has taken so far, in bytes; it grows while one large write proceeds. */
  get drainedBytes(): number {
    const { bytesWritten, writeQueueSize } = (this.#socket as { _handle?: Handle | null })._handle ?? {};
    if (bytesWritten !== undefined && writeQueueSize !== undefined) return bytesWritten - writeQueueSize;
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}

/**
 * The same bytes in few pieces, none of which keeps more memory from being freed than it has itself: a short one is a
 * slice of a pool of Node's or of a room's batch, which lives as long as any part of it waits.
 */
function inOwnMemory(chunks: readonly Buffer[]): Buffer[] {
  const pieces: Buffer[] = [];
  let shorts: Buffer[] = [];
  const endShorts = (): void => {
    if (shorts.length > 0) pieces.push(copied(shorts));
    shorts = [];
  };
  for (const chunk of chunks) {
    if (chunk.length < SMALL_BYTES || chunk.length < chunk.buffer.byteLength / 2) {
      shorts.push(chunk);
    } else {
      endShorts();
      pieces.push(chunk);
    }
  }
  endShorts();
  return pieces;
}

function copied(chunks: readonly Buffer[]): Buffer {
  const copy = Buffer.allocUnsafeSlow(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(copy, at);
  return copy;
}
