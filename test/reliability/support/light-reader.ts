import { encodeClientFrame, SUBPROTOCOL } from "@natter/protocol";
import { Wire } from "./wire.ts";

/** A frame's fields before its text: all that this reader looks at. */
const HEAD_BYTES = 160;

/** Reads one room and keeps nothing but its position, so that thousands of them cost the test next to nothing. */
export class LightReader {
  position = 0;
  /** The first thing that was not the next event. */
  failure: string | undefined;
  wire: Wire;
  isJoined = false;
  /** How often it had to come back. */
  returns = 0;
  onEvent: ((seq: number) => void) | undefined;
  readonly #room: string;
  readonly #port: number;
  #epoch: string | undefined;
  #isOver = false;

  constructor(port: number, room: string) {
    this.#port = port;
    this.#room = room;
    this.wire = this.#connect();
  }

  end(): void {
    this.#isOver = true;
    this.wire.cut();
  }

  #connect(): Wire {
    const { position: since } = this;
    const room = this.#room;
    const wire: Wire = new Wire({
      port: this.#port,
      protocol: SUBPROTOCOL,
      onOpen: () => {
        wire.send(encodeClientFrame({ type: "hello", name: "Reader" }));
        const from = this.#epoch === undefined ? { since } : { since, epoch: this.#epoch };
        wire.send(encodeClientFrame({ type: "join", room, ...from }));
      },
      onMessage: (payload) => this.#take(payload),
      onClose: () => {
        if (this.#isOver) return;
        this.returns++;
        this.isJoined = false;
        this.wire = this.#connect();
      },
    });
    return wire;
  }

  #take(payload: Buffer): void {
    const head = payload.toString("latin1", 0, HEAD_BYTES);
    if (head.startsWith('{"type":"event"')) {
      const seq = Number(/"seq":(\d+)/.exec(head)?.[1]);
      if (seq !== this.position + 1) this.failure ??= `P5 ${seq} came after ${this.position}`;
      this.position = seq;
      this.onEvent?.(seq);
    } else if (head.startsWith('{"type":"joined"')) {
      this.isJoined = true;
      this.#epoch = /"epoch":"([^"]+)"/.exec(head)?.[1];
    } else if (head.startsWith('{"type":"error"') || head.startsWith('{"type":"reset"')) {
      this.failure ??= payload.toString();
    }
  }
}
