import type { AddressInfo } from "node:net";
import { addressReader } from "./access/client-address.ts";
import { MessageRate } from "./access/message-rate.ts";
import { createAccessPolicy } from "./access/policy.ts";
import { RequestRate } from "./access/request-rate.ts";
import type { Config } from "./config/options.ts";
import { createChat } from "./create-chat.ts";
import { warnOfFewDescriptors } from "./descriptors.ts";
import { sayGoodbye } from "./goodbye.ts";
import { addressesOf, greetingOf } from "./greeting.ts";
import { createApp } from "./http/app.ts";
import { builtPage } from "./http/chat-page.ts";
import { boundConnections } from "./http/connections.ts";
import { setTlsOf } from "./http/server.ts";
import { watchUnreadable } from "./http/unreadable.ts";
import { REQUESTS_AT_ONCE, REQUESTS_PER_SECOND } from "./limits.ts";
import { limitedLog } from "./log/limited.ts";
import type { Log } from "./log/log.ts";
import { NO_METERS } from "./metrics/meters.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { closeMetrics, portOf, serveMetrics } from "./metrics/server.ts";
import { openBus } from "./open-bus.ts";
import { createHub } from "./open-hub.ts";
import { openStore } from "./open-store.ts";
import { systemClock as clock } from "./ports.ts";
import { Backlog } from "./rooms/backlog.ts";
import { portError } from "./start-error.ts";
import { StoreHealth } from "./store-health.ts";
import { type Certificate, readCertificate, reloadCertificate } from "./tls.ts";
import { VERSION } from "./version.ts";
import { serveVisitors } from "./visitors.ts";
import { watchHub } from "./watch-hub.ts";

/** Connections that the system holds until they are taken, as on the hub's own port: everybody may come back at once. */
const BACKLOG = 4096;

export type Running = {
  /** Lines for whoever started it: the addresses and the data folder. */
  readonly greeting: readonly string[];
  /** Stores what is under way, says goodbye to everybody, and frees the ports and the data. */
  stop(signal: string): Promise<void>;
  /** Reads the certificate anew. Undefined without TLS. */
  readonly reload: (() => void) | undefined;
};

export type Output = {
  /** Who comes and goes. */
  print(line: string): void;
  /** What whoever runs it may want to act on. */
  log: Log;
};

const BUS_IS_DOWN = "The bus is down: what other nodes store is seen late, and who is on them not at all.";

/**
 * Puts the parts together and opens the ports.
 *
 * @throws {StartError} with a sentence for the person who started it; nothing is left open then
 * @throws {UsageError} for options that do not go together
 */
export async function start(config: Config, { print, log: everyLine }: Output): Promise<Running> {
  const log = limitedLog(everyLine, clock);
  // Closed in the opposite order: first nobody comes in any more, last the data is let go.
  const closing = new AsyncDisposableStack();
  try {
    let tls = readCertificate(config);
    const { store: opened, place } = await openStore(config);
    closing.defer(() => opened.close());
    const { bus, host: busHost } = await openBus(config, opened.epoch, log, clock);
    closing.defer(() => bus.close());

    const backlog = new Backlog();
    const metrics =
      config.metricsAddress &&
      createMetrics(VERSION, {
        rooms: () => chat.rooms.size,
        people: () => chat.people.size,
        waitingAppends: () => backlog.drafts,
        waitingBytes: () => backlog.bytes,
        untakenBytes: () => hub.waitingBytes,
        isBusUp: () => bus.isUp,
        isStoreWritable: async () => (await health.check()) === undefined,
        certificateEndsAt: () => tls?.endsAt.getTime(),
      });
    const meters = metrics?.meters ?? NO_METERS;
    const health = new StoreHealth({ store: opened, clock, log, meters });

    const access = createAccessPolicy(config);
    const rate = new MessageRate(config.messageRate);
    const requests = new RequestRate(REQUESTS_PER_SECOND, REQUESTS_AT_ONCE);
    const hub = createHub(config, { access, rate, requests, tls, log });
    closing.defer(() => hub.close({ graceful: false }));
    const chat = createChat({ rate, store: health.store, bus, backlog, hub, meters, log, print });
    watchHub(hub, { log, meters });
    serveVisitors(hub, chat);
    await hub.listen().catch((error) => {
      throw portError(error, config.wsPort, config.host, "--ws-port");
    });
    const wsPort = hub.address!.port;

    const useTls = (next: Certificate): void => {
      hub.setTls(next);
      setTlsOf(app.server, next);
      tls = next;
    };
    let isStopping = false;
    const app = createApp({
      access,
      pageFolder: builtPage(),
      // Behind a public URL only one port need be open, so the plain client connects to where it came from.
      wsPort: config.publicUrl ? "" : String(wsPort),
      tls,
      // Strangers may ask: where the data are, and what the disk said, stands in the log.
      health: {
        whyNotReady: async () => {
          if (isStopping) return "The server is stopping.";
          return (await health.check()) && "Nothing can be stored now: natter's log says why.";
        },
        warning: () => (bus.isUp ? undefined : BUS_IS_DOWN),
      },
      meters,
      log,
      addressOf: addressReader(config.trustProxy),
      mayAsk: (address) => requests.take(address, clock.elapsed()),
    });
    closing.defer(() => app.close());
    hub.attach({ server: app.server });
    boundConnections(app.server, {
      ...config,
      proxies: config.trustProxy,
      cut: (address) => {
        meters.refused("http", 503);
        log("refused", { status: 503, reason: "Too many connections: cut without an answer.", address });
      },
    });
    watchUnreadable(app.server, ({ saidNothing, ...refusal }) => {
      meters.refused("http", refusal.status);
      if (!saidNothing) log("refused", refusal);
    });
    await app.listen({ port: config.port, host: config.host, backlog: BACKLOG }).catch((error) => {
      throw portError(error, config.port, config.host, "--port");
    });
    app.server.on("error", ({ message }) => log("trouble", { reason: message }));
    const { port } = app.server.address() as AddressInfo;

    const metricsServer = metrics && (await serveMetrics(config.metricsAddress!, metrics.registry));
    if (metricsServer) closing.defer(() => closeMetrics(metricsServer));

    const addresses = addressesOf({
      host: config.host,
      port,
      wsPort,
      isTls: tls !== undefined,
      metrics: metricsServer && { host: config.metricsAddress!.host, port: portOf(metricsServer) },
    });
    warnOfFewDescriptors(config.maxConnections, log);
    log("started", { version: VERSION, ...addresses });

    return {
      greeting: greetingOf(VERSION, addresses, { place, bus: busHost }),
      stop: async (signal) => {
        const since = clock.elapsed();
        isStopping = true;
        log("stopping", { signal, connections: hub.clients.size, waiting: backlog.drafts });
        // The HTTP side is closed after it: until everybody is gone it says that the server is stopping.
        await sayGoodbye({ hub, backlog, clock });
        await closing.disposeAsync();
        log("stopped", { ms: Math.round(clock.elapsed() - since) });
      },
      reload: tls && (() => reloadCertificate(config, useTls, log)),
    };
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}
