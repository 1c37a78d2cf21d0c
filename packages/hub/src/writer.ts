import type { Socket } from "node:net";
import type { WebSocket } from "ws";

/** net.Socket's own idle timer asks its handle the same; there is no public way to see a partial write proceed. */
type Handle = { readonly bytesWritten?: number; readonly writeQueueSize?: number };

/**
 * The only way out to one client. Frames wait here until the turn of the event loop ends, then leave in one write.
 *
 * It writes to the socket that the upgrade handed over, beside `ws`, which keeps to itself the handshake, pings,
 * pongs and the close frame. That holds because nothing is compressed or fragmented and every write is whole frames.
 */
export class Writer {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #maxWaitingBytes: number;
  #waiting: Buffer[] = [];
  #bytes = 0;

  constructor(ws: WebSocket, socket: Socket, maxWaitingBytes: number) {
    this.#ws = ws;
    this.#socket = socket;
    this.#maxWaitingBytes = maxWaitingBytes;
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
    this.#write(waiting);
    return true;
  }

  #write(chunks: readonly Buffer[]): void {
    if (chunks.length === 1) {
      this.#socket.write(chunks[0]!);
      return;
    }
    this.#socket.cork();
    try {
      for (const chunk of chunks) this.#socket.write(chunk);
    } finally {
      this.#socket.uncork();
    }
  }

  /** Whether `more` bytes on top of those the kernel has not taken yet are past the bound. */
  isOver(more = 0): boolean {
    const backlog = this.#socket.writableLength;
    return backlog > 0 && backlog + more > this.#maxWaitingBytes;
  }

  /** All that the kernel has taken so far, in bytes; it grows while one large write proceeds. */
  get drainedBytes(): number {
    const { bytesWritten, writeQueueSize } = (this.#socket as { _handle?: Handle | null })._handle ?? {};
    if (bytesWritten !== undefined && writeQueueSize !== undefined) return bytesWritten - writeQueueSize;
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }
}
