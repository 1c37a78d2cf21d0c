import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Random } from "../../packages/server/src/simulation/random.ts";
import { query } from "../../packages/server/src/store/postgres/testing/server.ts";
import { eventually } from "../reliability/support/eventually.ts";
import { load } from "../reliability/support/load.ts";
import { checkHeard } from "../reliability/support/log.ts";
import { ResumingClient, throwFirstFailure } from "../reliability/support/resuming-client.ts";
import { SEED, sized, TIMEOUT_MS } from "../reliability/support/sizes.ts";
import { Cluster } from "./support/cluster.ts";

const WRITERS = 6;
const UNSETTLED = 8;
/**
 * How often each fault happens, for how long, what everybody has stored in between, and how often they send: what is said
 * in minutes has to fit into the memory of each client.
 */
const { rounds, longMs, acks, everyMs } = sized({
  every: { rounds: 2, longMs: 2_000, acks: 150, everyMs: 5 },
  long: { rounds: 20, longMs: 15_000, acks: 1_000, everyMs: 100 },
});

type Fault = {
  readonly what: string;
  /** Happens, and is over when it resolves. */
  readonly happen: (cluster: Cluster, random: Random, rooms: readonly string[]) => Promise<void>;
};

const FAULTS: readonly Fault[] = [
  {
    what: "a node is killed with kill -9 and started again",
    happen: async ({ nodes }, random) => {
      const { home } = random.pick(nodes);
      await home.kill();
      await home.start();
    },
  },
  {
    what: `a node stands still for ${longMs / 1_000} s and goes on`,
    happen: async ({ nodes }, random) => {
      const { child } = random.pick(nodes).home.natter;
      child.kill("SIGSTOP");
      await pause(longMs);
      child.kill("SIGCONT");
    },
  },
  {
    what: `Redis is killed and gone for ${longMs / 1_000} s`,
    happen: async ({ redis }) => {
      await redis.kill();
      await pause(longMs);
      await redis.startAgain();
    },
  },
  { what: "Redis is told FLUSHALL", happen: async ({ redis }) => void (await redis.ask("FLUSHALL")) },
  {
    what: "PostgreSQL's backends are terminated",
    happen: async ({ databaseUrl }) => {
      await query(
        databaseUrl,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()",
      );
    },
  },
  { what: "PostgreSQL is restarted", happen: ({ postgres }) => postgres.restart() },
  {
    what: "PostgreSQL loses its power",
    happen: async ({ postgres }) => {
      await postgres.crash();
      await postgres.start();
    },
  },
  {
    what: "somebody holds a room for 2 s in a transaction",
    happen: async ({ databaseUrl }, random, rooms) => {
      const held =
        "WITH held AS (SELECT FROM natter.rooms WHERE name = $1 FOR UPDATE) SELECT pg_sleep(2) FROM held";
      await query(databaseUrl, held, [random.pick(rooms)]);
    },
  },
  {
    what: "the link from a node to PostgreSQL is cut, dead at one end, one-way or slow",
    happen: async ({ nodes }, random) => {
      const { toDatabase } = random.pick(nodes);
      for (let count = 0; count < 3; count++) toDatabase.trouble(random);
      await pause(longMs);
      toDatabase.heal();
    },
  },
  {
    what: "the link from a node to Redis is cut, dead at one end, one-way or slow",
    happen: async ({ nodes }, random) => {
      const { toBus } = random.pick(nodes);
      toBus.trouble(random);
      await pause(longMs);
      toBus.heal();
    },
  },
];

describe("three nodes behind a balancer without stickiness", { skip: Cluster.isMissing }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start();
  });
  after(() => cluster[Symbol.asyncDispose]());

  for (const [index, { what, happen }] of FAULTS.entries()) {
    it(`keep P1 P2 P3 P4 P5 P6 while ${what}, ${rounds} times (seed ${SEED})`, {
      timeout: TIMEOUT_MS,
    }, async (t) => {
      const random = new Random(SEED);
      const rooms = Array.from({ length: 6 }, (_, room) => `fault-${index}-${room}`);
      const clients = Array.from(
        { length: WRITERS },
        (_, writer) =>
          new ResumingClient({ name: `w${writer}`, rooms, port: cluster.port, random, patienceMs: 1_000 }),
      );
      const working = load(clients, UNSETTLED, everyMs);
      const acked = (): number => clients.reduce((sum, { model }) => sum + model.settled, 0);
      const moreAcks = async (): Promise<void> => {
        const enough = acked() + acks;
        await eventually(() => acked() >= enough || clients.some(({ failure }) => failure), "acks", 30_000);
        throwFirstFailure(clients);
      };
      try {
        for (let round = 0; round < rounds; round++) {
          await moreAcks();
          await happen(cluster, random, rooms);
        }
        await moreAcks();
        working.stop();
        await eventually(
          () => clients.every(({ isSettled, failure }) => isSettled || failure),
          "P6 everybody knows what became of their sends",
          30_000,
        );
        const positions = (): Set<string> =>
          new Set(clients.map(({ model }) => rooms.map((room) => model.held(room)?.position).join(" ")));
        await eventually(() => positions().size === 1, "P5 everybody has what everybody has", 30_000);
        // Every node shows the same log: it is one.
        const logs = [];
        for (const { home } of cluster.nodes) logs.push(await checkHeard(home.wsPort, rooms, clients));
        for (const log of logs) assert.deepEqual(log, logs[0]);
        t.diagnostic(`${acked()} acknowledged`);
      } finally {
        working.stop();
        for (const client of clients) client.end();
      }
    });
  }
});
