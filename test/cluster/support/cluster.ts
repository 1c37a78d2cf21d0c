// Several natters that share a PostgreSQL and hear of each other by a Redis, behind a balancer without stickiness.

import {
  noPostgres,
  type PostgresServer,
  startPostgres,
} from "../../../packages/server/src/store/postgres/testing/server.ts";
import { BadProxy } from "../../reliability/support/bad-proxy.ts";
import { freePort, Home } from "../../reliability/support/home.ts";
import { RedisServer } from "../../support/redis.ts";
import { Balancer } from "./balancer.ts";

/** One node, with the wires between it and what it shares with the others: they can be cut. */
export type Node = { readonly home: Home; readonly toDatabase: BadProxy; readonly toBus: BadProxy };

export class Cluster implements AsyncDisposable {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly databaseUrl: string;
  readonly nodes: Node[] = [];
  balancer!: Balancer;

  private constructor(postgres: PostgresServer, redis: RedisServer, databaseUrl: string) {
    this.postgres = postgres;
    this.redis = redis;
    this.databaseUrl = databaseUrl;
  }

  /** Why there can be none, if so: for `skip` of a test. */
  static get isMissing(): string | false {
    return noPostgres || RedisServer.isMissing;
  }

  /** @param args of every node */
  static async start(count = 3, args: readonly string[] = []): Promise<Cluster> {
    const [postgres, redis] = await Promise.all([startPostgres(), RedisServer.start()]);
    const cluster = new Cluster(postgres, redis, await postgres.database());
    try {
      // All at once, as a deployment does: one of them makes the schema.
      const starting = Array.from({ length: count }, () => cluster.#startNode(args));
      await Promise.allSettled(starting);
      await Promise.all(starting);
      const ports = cluster.nodes.map(({ home }) => home.wsPort);
      cluster.balancer = await Balancer.start(await freePort(), ports);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where clients connect to: each time they come to another node. */
  get port(): number {
    return this.balancer.port;
  }

  async #startNode(args: readonly string[]): Promise<void> {
    const toDatabase = await BadProxy.start(await freePort(), this.postgres.port);
    const toBus = await BadProxy.start(await freePort(), this.redis.port);
    const urls = ["--database-url", withPort(this.databaseUrl, toDatabase.port)];
    urls.push("--bus-url", withPort(this.redis.url, toBus.port));
    this.nodes.push({ toDatabase, toBus, home: await Home.start({ args: [...urls, ...args] }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.balancer?.[Symbol.asyncDispose]();
    await Promise.all(
      this.nodes.map(async ({ home, toDatabase, toBus }) => {
        await home[Symbol.asyncDispose]();
        await toDatabase[Symbol.asyncDispose]();
        await toBus[Symbol.asyncDispose]();
      }),
    );
    await Promise.all([this.postgres.end(), this.redis[Symbol.asyncDispose]()]);
  }
}

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}
