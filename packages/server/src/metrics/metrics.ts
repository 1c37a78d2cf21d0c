import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Meters } from "./meters.ts";

/** From a commit on a fast drive to what nobody waits for, in seconds. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const MS_PER_SECOND = 1_000;

/** What is looked at when somebody asks, rather than counted as it happens. */
export type Looks = {
  readonly rooms: () => number;
  readonly people: () => number;
  readonly waitingAppends: () => number;
  readonly waitingBytes: () => number;
  /** What waits for slow readers. */
  readonly untakenBytes: () => number;
  /** Finds out, where nothing was stored of late. */
  readonly isStoreWritable: () => Promise<boolean>;
  /** Whether this node hears the others and they hear it; true where it is alone. */
  readonly isBusUp: () => boolean;
  /** When the certificate in use ends, in ms since 1970; undefined without TLS. */
  readonly certificateEndsAt: () => number | undefined;
};

/**
 * The figures of one server, for Prometheus: docs/operations.md is held to these names and sentences by a test. Beside
 * them stand prom-client's own about the process: memory, CPU, event loop, garbage collection.
 */
export function createMetrics(version: string, looks: Looks): { meters: Meters; registry: Registry } {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "natter_info",
    help: "Always 1; its label is the version that runs.",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version }, 1);
  lookAt(registry, looks);
  return { meters: createMeters(registry), registry };
}

function createMeters(registry: Registry): Meters {
  const registers = [registry];
  const connections = new Gauge({
    name: "natter_connections",
    help: "Open WebSocket connections by kind, v1 or plain.",
    labelNames: ["kind"],
    registers,
  });
  const byKind = { v1: connections.labels("v1"), plain: connections.labels("plain") };
  byKind.v1.set(0);
  byKind.plain.set(0);
  const slowReaders = new Counter({
    name: "natter_slow_readers_cut_total",
    help: "Connections that were cut off because they took less than came.",
    registers,
  });
  const refusals = new Counter({
    name: "natter_refusals_total",
    help: "What was refused, by what (frame, http, close) and reason (error code, HTTP status, close code).",
    labelNames: ["by", "reason"],
    registers,
  });
  const rollbacks = new Counter({
    name: "natter_rollbacks_total",
    help: "Rooms in which was less than before, as after a failover of PostgreSQL that lost commits.",
    registers,
  });
  const refusalsOf = new Map<string, Counter.Internal>();
  const events = new Counter({
    name: "natter_events_stored_total",
    help: "Events that are on disk.",
    registers,
  });
  const commits = new Histogram({
    name: "natter_commit_seconds",
    help: "From giving a batch of messages to the store until it is on disk.",
    buckets: SECONDS,
    registers,
  });
  const deliveries = new Histogram({
    name: "natter_delivery_seconds",
    help: "From taking a message until it is on its way to its room; of each batch the first, which waits longest.",
    buckets: SECONDS,
    registers,
  });
  return {
    connected: (kind) => byKind[kind].inc(),
    disconnected: (kind) => byKind[kind].dec(),
    slowReaderCut: () => slowReaders.inc(),
    refused: (by, reason) => {
      const key = `${by} ${reason}`;
      const known = refusalsOf.get(key) ?? refusals.labels(by, String(reason));
      refusalsOf.set(key, known);
      known.inc();
    },
    rolledBack: () => rollbacks.inc(),
    committed: (count, ms) => {
      events.inc(count);
      commits.observe(ms / MS_PER_SECOND);
    },
    delivered: (ms) => deliveries.observe(ms / MS_PER_SECOND),
  };
}

function lookAt(registry: Registry, looks: Looks): void {
  const gauge = (name: string, help: string, look: () => number | Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await look());
      },
    });
  };
  gauge("natter_rooms", "Rooms in memory: somebody is in them, or sends to them.", looks.rooms);
  gauge("natter_people", "People with a connection of natter.v1, each once.", looks.people);
  gauge("natter_waiting_appends", "Messages that wait to be stored.", looks.waitingAppends);
  gauge("natter_waiting_bytes", "Memory that these messages take, about, in bytes.", looks.waitingBytes);
  gauge("natter_slow_readers_bytes", "Memory of what waits for slow readers, in bytes.", looks.untakenBytes);
  gauge(
    "natter_store_writable",
    "1 while the store can write, else 0; tried where nothing was stored of late.",
    async () => ((await looks.isStoreWritable()) ? 1 : 0),
  );
  gauge("natter_bus_up", "1 while nodes hear of each other, else 0; 1 where there is no other.", () =>
    looks.isBusUp() ? 1 : 0,
  );
  gauge(
    "natter_certificate_end_timestamp_seconds",
    "When the TLS certificate in use ends, in seconds since 1970; 0 without TLS.",
    () => (looks.certificateEndsAt() ?? 0) / MS_PER_SECOND,
  );
}
