import { connect as connectTcp } from "node:net";
import { Random } from "../../../packages/server/src/simulation/random.ts";
import type { Natter } from "../../support/natter.ts";
import {
  type ConnectOptions,
  HandshakeRefused,
  inTime,
  PING,
  PONG,
  RawClient,
  TEXT,
} from "../../support/raw-client.ts";
import { Inputs, type Kind, randomRequest } from "./inputs.ts";
import { judgeClosing, judgeFrame, judgeLine, judgeStatus } from "./judge.ts";

const WORKERS = 16;
/** Most inputs of one connection. */
const MOST_INPUTS = 40;
/** Connections that share a room, before there is another: their events are few, and reach each other. */
const ROOM_FOR = 50;
const PATIENCE_MS = 20_000;

/** Sends generated inputs to a server, and fails at the first answer that no server may give. */
export class Fuzzer {
  readonly #natter: Natter;
  readonly #seed: number;
  readonly #inputs: number;
  readonly #isRated: boolean;
  #sent = 0;
  #connections = 0;
  /** How often which close code came. */
  readonly closings = new Map<number, number>();

  /** How many were refused at the handshake, for their address had used up its rate. */
  refused = 0;

  /** @param isRated the server has a rate, which all of this is far over */
  constructor(natter: Natter, seed: number, inputs: number, isRated = false) {
    this.#natter = natter;
    this.#seed = seed;
    this.#inputs = inputs;
    this.#isRated = isRated;
  }

  get sent(): number {
    return this.#sent;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: WORKERS }, () => this.#work()));
  }

  async #work(): Promise<void> {
    while (this.#sent < this.#inputs) {
      const index = ++this.#connections;
      // Each connection has its own, so that it says the same whatever the others do.
      const random = new Random(this.#seed * 1_000_003 + index);
      const inputs: Buffer[] = [];
      try {
        await (random.chance(0.1) ? this.#request(random, inputs) : this.#connection(random, index, inputs));
      } catch (error) {
        const last = inputs.slice(-3).map((bytes) => JSON.stringify(bytes.toString("latin1", 0, 300)));
        const hint = `seed ${this.#seed}, connection ${index}, the last of ${inputs.length} inputs:\n${last.join("\n")}`;
        throw new Error(`${(error as Error).message}\n${hint}`, { cause: error });
      }
    }
  }

  async #connection(random: Random, index: number, sent: Buffer[]): Promise<void> {
    const kind = random.pick<Kind>(["natter.v1", "natter.v1", "natter.v1", "before hello", "plain"]);
    const room = `fuzz-${Math.floor(index / ROOM_FOR)}`;
    const port = random.chance(0.5) ? this.#natter.port : this.#natter.wsPort;
    const headers = kind === "plain" ? {} : { "Sec-WebSocket-Protocol": "natter.v1" };
    const client = await this.#connect(port, { path: `/${room}`, headers });
    if (client === undefined) return;
    if (kind === "natter.v1")
      client.send('{"type":"hello","name":"Fuzz"}').send(`{"type":"join","room":"${room}"}`);

    const inputs = new Inputs(random, kind, room, `i${index}`);
    const allowed = new Set<number>(this.#isRated ? [1008] : []);
    let isDead = false;
    for (let count = 1 + Math.floor(random.next() * MOST_INPUTS); count > 0 && !isDead; count--) {
      const { bytes, codes, isDeadly } = inputs.next();
      this.#sent++;
      sent.push(bytes);
      for (const code of codes) allowed.add(code);
      isDead = isDeadly;
      // TCP may cut anywhere.
      const cut = random.chance(0.2) ? Math.floor(random.next() * bytes.length) : bytes.length;
      client.socket.write(bytes.subarray(0, cut));
      if (random.chance(0.5)) await new Promise(setImmediate);
      client.socket.write(bytes.subarray(cut));
    }
    if (!isDead && random.chance(0.3)) return this.#goWithout(client, kind);
    await this.#end(client, kind, allowed, isDead);
  }

  async #connect(port: number, options: ConnectOptions): Promise<RawClient | undefined> {
    try {
      return await RawClient.connect(port, options);
    } catch (error) {
      if (!this.#isRated || !(error instanceof HandshakeRefused) || error.answer.status !== 429) throw error;
      this.#sent++;
      this.refused++;
      return undefined;
    }
  }

  /** Leaves without a word; what was heard until then counts. */
  #goWithout(client: RawClient, kind: Kind): void {
    this.#judge(client, kind);
    client.vanish();
  }

  /** The server closed the connection where it had to, and goes on to answer where not. */
  async #end(client: RawClient, kind: Kind, allowed: Set<number>, isDead: boolean): Promise<void> {
    if (!isDead) {
      if (kind === "plain") client.sendFrame(Buffer.from("end"), { opcode: PING });
      else client.send('{"type":"ping","ref":"the end"}');
    }
    const closed = client.closed.then(({ code }) => code);
    const waiting = isDead ? closed : Promise.race([closed, this.#answer(client, kind)]);
    const outcome = await inTime(waiting, isDead ? "the close" : "an answer", PATIENCE_MS);
    this.#judge(client, kind);
    if (outcome === "answered") {
      client.vanish();
      return;
    }
    this.closings.set(outcome, (this.closings.get(outcome) ?? 0) + 1);
    judgeClosing(outcome, allowed);
  }

  /** The answer to the last ping came; or the connection ended, which `closed` tells. */
  async #answer(client: RawClient, kind: Kind): Promise<"answered"> {
    const [opcode, text] = kind === "plain" ? [PONG, "end"] : [TEXT, '"ref":"the end"'];
    for (let from = 0; !client.socket.closed; ) {
      for (; from < client.frames.length; from++) {
        const frame = client.frames[from]!;
        if (frame.opcode === opcode && frame.payload.includes(text)) return "answered";
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return new Promise(() => {});
  }

  #judge(client: RawClient, kind: Kind): void {
    for (const { opcode, payload } of client.frames) {
      if (opcode !== 1) continue;
      if (kind === "plain") judgeLine(payload.toString());
      else judgeFrame(payload.toString());
    }
  }

  async #request(random: Random, sent: Buffer[]): Promise<void> {
    const port = random.chance(0.5) ? this.#natter.port : this.#natter.wsPort;
    const request = randomRequest(random, port);
    this.#sent++;
    sent.push(request);
    const socket = connectTcp(port, "127.0.0.1").on("error", () => {});
    const chunks: Buffer[] = [];
    const answered = new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        chunks.push(chunk as Buffer);
        resolve();
      });
      socket.once("close", () => resolve());
    });
    // The other half stays open for the answer.
    socket.end(request);
    await inTime(answered, "an HTTP answer", PATIENCE_MS);
    const head = Buffer.concat(chunks).toString("latin1");
    socket.destroy();
    judgeStatus(Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), this.#isRated);
  }
}
