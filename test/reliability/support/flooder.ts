import { encodeClientFrame, SUBPROTOCOL } from "@natter/protocol";
import { Wire } from "./wire.ts";

/**
 * Sends as much as it can into a room, whatever it is told: what is refused is given up, and another takes its place
 * at once. It notes what was acknowledged, and how often the server was too busy.
 */
export class Flooder {
  /** Ids. */
  readonly acknowledged: string[] = [];
  busy = 0;
  /** What it was told to wait, in ms. */
  readonly waitsMs: number[] = [];
  /** Anything but an acknowledgement, `busy` or `held`. */
  failure: string | undefined;
  isJoined = false;
  readonly #wire: Wire;
  readonly #room: string;
  readonly #name: string;
  readonly #window: number;
  #person = "";
  #sent = 0;
  #isOver = false;

  /** @param window sends that wait for an answer at a time */
  constructor(of: { port: number; room: string; name: string; window: number }) {
    this.#room = of.room;
    this.#name = of.name;
    this.#window = of.window;
    this.#wire = new Wire({
      port: of.port,
      protocol: SUBPROTOCOL,
      onOpen: () => {
        this.#wire.send(encodeClientFrame({ type: "hello", name: of.name }));
        this.#wire.send(encodeClientFrame({ type: "join", room: of.room }));
      },
      onMessage: (payload) => this.#take(payload),
      onClose: ({ code }) => {
        if (!this.#isOver) this.failure ??= `closed with ${code}`;
      },
    });
  }

  get sent(): number {
    return this.#sent;
  }

  start(): void {
    for (let count = 0; count < this.#window; count++) this.#send();
  }

  /** Sends nothing more, and hears what becomes of the rest. */
  stop(): void {
    this.#isOver = true;
  }

  end(): void {
    this.#isOver = true;
    this.#wire.cut();
  }

  #send(): void {
    if (this.#isOver) return;
    const id = `${this.#name}-${++this.#sent}`;
    this.#wire.send(`{"type":"send","room":"${this.#room}","id":"${id}","text":"load"}`);
  }

  #take(payload: Buffer): void {
    const head = payload.toString("latin1", 0, 24);
    if (head.startsWith('{"type":"event"')) {
      // Most are others': not worth parsing.
      if (!payload.includes(this.#person)) return;
      this.acknowledged.push((JSON.parse(payload.toString()) as { id: string }).id);
      this.#send();
    } else if (head.startsWith('{"type":"error"')) {
      const { code, ref, retryAfterMs } = JSON.parse(payload.toString());
      if (code === "busy") {
        this.busy++;
        this.waitsMs.push(retryAfterMs);
        this.#wire.send(`{"type":"skip","room":"${this.#room}","id":"${ref}"}`);
      } else if (code !== "held") this.failure ??= payload.toString();
      this.#send();
    } else if (head.startsWith('{"type":"welcome"')) {
      this.#person = `"from":{"id":"${JSON.parse(payload.toString()).you.id}"`;
    } else if (head.startsWith('{"type":"joined"')) this.isJoined = true;
  }
}
