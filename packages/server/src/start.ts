import type { AddressInfo } from "node:net";
import { type Client, Hub } from "@natter/hub";
import { limits, SUBPROTOCOL } from "@natter/protocol";
import { limitedLog } from "./access/limited-log.ts";
import { MessageRate } from "./access/message-rate.ts";
import { createAccessPolicy } from "./access/policy.ts";
import type { Bus } from "./bus/bus.ts";
import { createMemoryBus } from "./bus/memory.ts";
import type { Chat } from "./chat.ts";
import type { Config } from "./config/options.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { createApp } from "./http/app.ts";
import { builtPage } from "./http/chat-page.ts";
import { type Channels, systemClock as clock } from "./ports.ts";
import { Presence } from "./presence/presence.ts";
import { Backlog } from "./rooms/backlog.ts";
import { Rooms } from "./rooms/rooms.ts";
import { People } from "./sessions/people.ts";
import { portError, StartError } from "./start-error.ts";
import { StoreError } from "./store/errors.ts";
import { openSqliteStore } from "./store/sqlite/open.ts";
import type { Store } from "./store/store.ts";
import { VERSION } from "./version.ts";
import { admit, onSlow, sayRestarting, serveVisitors, type Visitor } from "./visitors.ts";

/** Time that clients have to answer the goodbye, in ms, so that all is over within five seconds. */
const CLOSE_TIMEOUT_MS = 3_000;
/** Time to store what was taken before, in ms. */
const DRAIN_TIMEOUT_MS = 1_000;
const MS_PER_DAY = 86_400_000;

export type Running = {
  /** Lines for whoever started it: the addresses and the data folder. */
  readonly greeting: readonly string[];
  /** Stores what is under way, says goodbye to everybody, and frees the ports and the data. */
  stop(): Promise<void>;
};

export type Output = {
  /** Who comes and goes. */
  print(line: string): void;
  /** What whoever runs it may want to act on. */
  warn(line: string): void;
};

/**
 * Puts the parts together and opens both ports.
 *
 * @throws {StartError} with a sentence for the person who started it; nothing is left open then
 */
export async function start(config: Config, { print, warn }: Output): Promise<Running> {
  // Closed in the opposite order: first nobody comes in any more, last the data is let go.
  const closing = new AsyncDisposableStack();
  try {
    const folder = prepareDataFolder(config.data);
    const store = await openStore(config, folder);
    closing.defer(() => store.close());
    const bus = createMemoryBus();
    closing.defer(() => bus.close());

    const access = createAccessPolicy(config);
    const warnOfRefusal = limitedLog(warn, clock);
    const hub = new Hub<Visitor>({
      port: config.wsPort,
      host: config.host,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      pingIntervalMs: limits.heartbeatMs,
      stalledTimeoutMs: limits.slowReaderTimeoutMs,
      maxMessageBytes: limits.maxFrameBytes,
      maxConnectionsPerAddress: limits.maxConnectionsPerAddress,
      protocols: [SUBPROTOCOL],
      admit: admit(access, warnOfRefusal),
      onSlow,
    });
    closing.defer(() => hub.close({ code: 1001, reason: "The server is stopping." }));
    const backlog = new Backlog();
    serveVisitors(hub, createChat({ config, store, bus, backlog, hub, print, warn }));
    await hub.listen().catch((error) => {
      throw portError(error, config.wsPort, config.host, "--ws-port");
    });
    const wsPort = hub.address!.port;

    const app = createApp({
      access,
      pageFolder: builtPage(),
      // Behind a public URL only one port need be open, so the plain client connects to where it came from.
      wsPort: config.publicUrl ? "" : String(wsPort),
      warn: warnOfRefusal,
    });
    closing.defer(() => app.close());
    hub.attach({ server: app.server });
    await app.listen({ port: config.port, host: config.host }).catch((error) => {
      throw portError(error, config.port, config.host, "--port");
    });
    const { port } = app.server.address() as AddressInfo;

    return {
      greeting: [
        `natter ${VERSION}`,
        `  Page       http://${shown(config.host)}:${port}`,
        `  WebSocket  ws://${shown(config.host)}:${wsPort}`,
        `  Data       ${folder}`,
      ],
      stop: async () => {
        hub.deny(1012, "The server is stopping.");
        // What is on its way to the disk is acknowledged first, if the disk does its part.
        await Promise.race([
          backlog.close(),
          new Promise<void>((resolve) => clock.after(DRAIN_TIMEOUT_MS, resolve)),
        ]);
        sayRestarting(hub.clients.values());
        await closing.disposeAsync();
      },
    };
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

/** @throws {StartError} */
async function openStore({ keepEvents, keepDays }: Config, dataDir: string): Promise<Store> {
  const maxAgeMs = keepDays === undefined ? undefined : keepDays * MS_PER_DAY;
  try {
    return await openSqliteStore({ dataDir, retention: { maxEvents: keepEvents, maxAgeMs } });
  } catch (error) {
    throw error instanceof StoreError ? new StartError(error.message) : error;
  }
}

/** The parts of the chat, and what they have of each other. */
function createChat(of: {
  config: Config;
  store: Store;
  bus: Bus;
  backlog: Backlog;
  hub: Hub<Visitor>;
  print: Output["print"];
  warn: Output["warn"];
}): Chat {
  const { store, bus, backlog, hub } = of;
  const channels: Channels = {
    publish: (channel, text, except) => {
      hub.publish(channel, text, { except: except as Client<Visitor> | undefined });
    },
  };
  return {
    store,
    channels,
    clock,
    rooms: new Rooms({ store, bus, channels, clock, backlog }),
    presence: new Presence({ channels, clock, print: of.print }),
    people: new People(),
    rate: new MessageRate(of.config.messageRate),
    refusal: () => backlog.refusal,
    report: (error) => of.warn(`natter: unexpected: ${error instanceof Error ? error.stack : error}`),
  };
}

/** An address as one would open it. */
function shown(host: string): string {
  if (["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
