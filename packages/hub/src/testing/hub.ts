// What the hub's tests share: a hub on a free port, raw clients of it, and waiting for what it tells.

import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import { type ConnectOptions, inTime, RawClient } from "../../../../test/support/raw-client.ts";
import type { Client, HubEvents } from "../index.ts";
import { Hub, type HubOptions } from "../index.ts";

/** Made for these tests alone, for localhost and 127.0.0.1, and good for a hundred years. */
export const TLS = {
  key: readFileSync(new URL("localhost.key.pem", import.meta.url)),
  cert: readFileSync(new URL("localhost.cert.pem", import.meta.url)),
};

export type Opened<Data> = {
  hub: Hub<Data>;
  port: number;
  connect: (options?: ConnectOptions) => Promise<RawClient>;
  /** Connects and gives both ends. One at a time. */
  meet: (options?: ConnectOptions) => Promise<{ raw: RawClient; client: Client<Data> }>;
};

/** Opens a hub that goes with the test. */
export async function openHub<Data = unknown>(
  t: TestContext,
  options: HubOptions<Data> = {},
): Promise<Opened<Data>> {
  const hub = await new Hub<Data>({ port: 0, logLevel: "silent", ...options }).listen();
  t.after(() => hub.close({ graceful: false }));
  const port = hub.address!.port;
  const connect = async (connectOptions?: ConnectOptions): Promise<RawClient> => {
    const raw = await RawClient.connect(port, connectOptions);
    t.after(() => raw.vanish());
    return raw;
  };
  const meet = async (connectOptions?: ConnectOptions) => {
    const arrived = told(hub, "connect");
    const raw = await connect(connectOptions);
    const [client] = await arrived;
    return { raw, client };
  };
  return { hub, port, connect, meet };
}

/** What the hub tells next under this name. */
export function told<Data, Event extends keyof HubEvents<Data>>(
  hub: Hub<Data>,
  event: Event,
): Promise<HubEvents<Data>[Event]> {
  const next = new Promise<HubEvents<Data>[Event]>((resolve) => {
    const listener = (...args: unknown[]): void => resolve(args as HubEvents<Data>[Event]);
    EventEmitter.prototype.once.call(hub, event, listener);
  });
  return inTime(next, `the event ${event}`);
}

/** Resolves once `holds` does, looked at in every turn of the event loop; for what no event tells. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  let goesOn = true;
  const look = async (): Promise<void> => {
    while (goesOn && !holds()) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await inTime(look(), what).finally(() => {
    goesOn = false;
  });
}

/** What the kernel is asked to do for one connection: each of these calls of libuv's stream is one system call. */
export function countWrites(client: Client): { calls: number } {
  const { _handle: handle } = client.socket as unknown as { _handle: Record<string, unknown> };
  const count = { calls: 0 };
  for (const name of ["writev", "writeBuffer", "writeUtf8String", "writeLatin1String", "writeAsciiString"]) {
    const original = handle[name] as (...args: unknown[]) => unknown;
    handle[name] = (...args: unknown[]) => {
      count.calls++;
      return Reflect.apply(original, handle, args);
    };
  }
  return count;
}

/** One turn of the event loop: what was published in it is handed out. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A logger that keeps its lines. */
export function recordingLogger() {
  const lines: { level: string; line: unknown[] }[] = [];
  const at =
    (level: string) =>
    (...line: unknown[]): void =>
      void lines.push({ level, line });
  const logger = { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
  return { lines, logger };
}
