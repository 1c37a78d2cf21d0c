import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after, before, describe, test } from "node:test";
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { RedisServer } from "../../../../../test/support/redis.ts";
import { StartError } from "../../start-error.ts";
import type { Bus } from "../bus.ts";
import { busContract, eventually, listenTo, went } from "../contract.ts";
import { openRedisBus } from "./open.ts";

const skip = RedisServer.isMissing;
let redis: RedisServer;
let namespaces = 0;
const opened: Bus[] = [];

async function open(namespace: string, log?: Parameters<typeof openRedisBus>[0]["log"]): Promise<Bus> {
  const bus = await openRedisBus({ url: redis.url, namespace, ...(log && { log }) });
  opened.push(bus);
  return bus;
}

async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
}

if (!skip) {
  before(async () => {
    redis = await RedisServer.start();
  });
  after(() => redis[Symbol.asyncDispose]());

  busContract("The bus over Redis", async () => {
    const namespace = `contract-${++namespaces}`;
    return { join: () => open(namespace), end: closeAll };
  });
}

describe("The bus over Redis", { skip }, () => {
  after(closeAll);

  test("nodes of two namespaces hear nothing of one another", async () => {
    const [one, other] = [await open("one"), await open("other")];
    const [second, ear] = [await open("one"), await listenTo(other, "room:lobby")];
    const gone: string[] = [];
    other.listen({ gone: (node) => gone.push(node) });
    const near = await listenTo(second, "room:lobby");
    assert.equal(await one.publish("room:lobby", went("1")), 1);
    await near.heard(1);
    await one.close();
    // Redis passes on in order: what came before would have been heard.
    await (await open("other")).publish("room:lobby", went("2"));
    await ear.heard(1);
    assert.deepEqual([ear.hints, gone], [[went("2")], []]);
  });

  test("a topic is subscribed to once, however many listen", async () => {
    const bus = await open("once");
    await redis.ask("CONFIG", "RESETSTAT");
    const ears = [];
    for (let count = 0; count < 5; count++) ears.push(await listenTo(bus, "room:lobby"));
    for (const ear of ears) ear.end();
    await listenTo(bus, "room:other");
    const stats = await redis.ask("INFO", "commandstats");
    assert.match(stats, /cmdstat_subscribe:calls=2,/);
    assert.match(stats, /cmdstat_unsubscribe:calls=1,/);
  });

  test("what strangers publish is not heard, whatever it is, and harms nothing", async () => {
    const [a, b] = [await open("strangers"), await open("strangers")];
    const ear = await listenTo(b, "room:lobby");
    const stranger = (channel: string, message: string): Promise<string> =>
      redis.ask("PUBLISH", `natter:strangers:${channel}`, message);
    for (const message of [
      "garbage",
      '""',
      '"n1 "',
      '"n1 null"',
      '"n1 {\\"type\\":\\"newer\\"}"',
      '"n1 {\\"type\\":\\"went\\",\\"person\\":5}"',
      '"n1 {\\"type\\":\\"events\\",\\"events\\":[null]}"',
      '"\\xff\\xfe \\x00"',
      `"${"x".repeat(100)} beat"`,
    ]) {
      for (const channel of ["room:lobby", "nodes", `node:${b.node}`]) {
        assert.equal(await stranger(channel, message), channel === "nodes" ? ":2\r\n" : ":1\r\n");
      }
    }
    await a.publish("room:lobby", went("1"));
    await ear.heard(1);
    assert.deepEqual(ear.hints, [went("1")]);
    assert.equal(b.isUp, true);
  });

  test("rediss:// is TLS, with a certificate that Node trusts", async () => {
    await using locked = await RedisServer.start([], { cert: pemFile("cert"), key: pemFile("key") });
    const before = getCACertificates();
    setDefaultCACertificates([readFileSync(pemFile("cert"), "utf8")]);
    try {
      const [a, b] = await Promise.all([1, 2].map(() => openRedisBus({ url: locked.url, namespace: "tls" })));
      const ear = await listenTo(b!, "room:lobby");
      assert.equal(await a!.publish("room:lobby", went("1")), 1);
      await ear.heard(1);
      await Promise.all([a!.close(), b!.close()]);
    } finally {
      setDefaultCACertificates(before);
    }
  });

  test("a listener that throws keeps nothing from the others, and the log has its error", async () => {
    const errors: unknown[] = [];
    const [a, b] = [await open("throwing"), await open("throwing", (_, fields) => errors.push(fields))];
    await b.subscribe("room:lobby", () => {
      throw new Error("a mistake of ours");
    });
    const ear = await listenTo(b, "room:lobby");
    b.listen({
      gone: () => {
        throw new Error("another");
      },
    });
    await a.publish("room:lobby", went("1"));
    await a.publish("room:lobby", went("2"));
    await ear.heard(2);
    await a.close();
    await eventually(
      () => errors.length === 3,
      () => `three errors, but ${errors.length}`,
    );
    assert.match(JSON.stringify(errors), /a mistake of ours.*a mistake of ours.*another/);
  });

  test("hints are dropped and counted where more wait for Redis than memory should hold", async () => {
    const bus = await openRedisBus({ url: redis.url, namespace: "full" });
    opened.push(bus);
    const ear = await listenTo(await open("full"), "room:lobby");
    const long = went("x".repeat(1_000_000));
    const reached = await Promise.all(Array.from({ length: 30 }, () => bus.publish("room:lobby", long)));
    const passedOn = reached.filter((count) => count === 1).length;
    assert.deepEqual([passedOn, bus.dropped], [16, 14]);
    await ear.heard(16);
    // Nothing waits any more.
    assert.equal(await bus.publish("room:lobby", long), 1);
    await ear.heard(17);
  });

  describe("says in one sentence without the password what can never work", () => {
    const refuses = (url: string, sentence: RegExp): Promise<void> =>
      assert.rejects(openRedisBus({ url, namespace: "x" }), (error) => {
        assert.ok(error instanceof StartError, String(error));
        assert.match(error.message, sentence);
        assert.doesNotMatch(`${error.message} ${error.stack} ${JSON.stringify(error)}`, /s3cret/);
        return true;
      });

    test("a URL that is none, or another's", async () => {
      for (const url of [
        "s3cret",
        "",
        "http://127.0.0.1:6379",
        "redis://",
        "redis://:s3cret#@127.0.0.1",
        "redis://:s3cret%@127.0.0.1",
        "redis://127.0.0.1/s3cret",
        "redis://127.0.0.1:6379?x=s3cret",
      ]) {
        await refuses(url, /^the bus's URL is not of the form redis:.*mend it/);
      }
    });

    test("a password or a user that Redis refuses, or none where one is needed", async () => {
      await using locked = await RedisServer.start(["--requirepass", "s3cret-one"]);
      const at = `127.0.0.1:${locked.port}`;
      const sentence = new RegExp(`^the bus at redis://${at} refuses the user or the password: mend them`);
      for (const who of ["", ":s3cret@", "s3cret:s3cret-one@"])
        await refuses(`redis://${who}${at}`, sentence);
      const bus = await openRedisBus({ url: `redis://:s3cret-one@${at}/0`, namespace: "x" });
      assert.equal(bus.isUp, true);
      await bus.close();
    });

    test("a user that may not publish or subscribe", async () => {
      await redis.ask("ACL", "SETUSER", "poor", "on", ">s3cret", "allchannels", "+hello");
      await redis.ask("ACL", "SETUSER", "deaf", "on", ">s3cret", "+@all");
      for (const user of ["poor", "deaf"]) {
        await refuses(
          redis.url.replace("//", `//${user}:s3cret@`),
          /does not let this user.*NOPERM.*natter:\*/,
        );
      }
    });

    test("a user that has what is asked for and no more is enough", async () => {
      const rights = ["+hello", "+ping", "+publish", "+subscribe", "+unsubscribe", "&natter:*"];
      await redis.ask("ACL", "SETUSER", "modest", "on", ">s3cret", ...rights);
      const bus = await openRedisBus({
        url: redis.url.replace("//", "//modest:s3cret@"),
        namespace: "modest",
      });
      opened.push(bus);
      const ear = await listenTo(bus, "room:lobby");
      await (await open("modest")).publish("room:lobby", went("1"));
      await ear.heard(1);
      ear.end();
      assert.equal(bus.isUp, true);
    });

    test("a Redis that is too old, or a Sentinel; Valkey counts by a version of its own", async () => {
      for (const [server, version, mode, sentence] of [
        ["redis", "6.2.14", "standalone", /is Redis 6\.2\.14: natter needs Redis 7 or later, or Valkey/],
        ["redis", "7.2.4", "sentinel", /is a Sentinel: give the address of the Redis it watches/],
      ] as const) {
        await using fake = await FakeRedis.start({ server, version, mode });
        await refuses(fake.url, sentence);
      }
      await using valkey = await FakeRedis.start({ server: "valkey", version: "1.0.0", mode: "standalone" });
      const bus = await openRedisBus({ url: valkey.url, namespace: "x" });
      assert.equal(bus.isUp, true);
      await bus.close();
    });

    test("a server that is no Redis, or not with TLS, or whose certificate nobody knows", async () => {
      const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      const tls = createTlsServer({ cert: readFileSync(pemFile("cert")), key: readFileSync(pemFile("key")) });
      for (const server of [web, tls]) await once(server.listen(0, "127.0.0.1"), "listening");
      const at = (server: Server): string => `:s3cret@127.0.0.1:${(server.address() as AddressInfo).port}`;
      await refuses(`redis://${at(web)}`, /^what answers at redis:.* is no Redis, or not without TLS/);
      await refuses(`rediss://${at(web)}`, /^what answers at rediss:.* is no Redis, or not with TLS/);
      await refuses(
        `rediss://${at(tls)}`,
        /^the bus at rediss:.* cannot be trusted \(.*CERT.*NODE_EXTRA_CA_CERTS/,
      );
      for (const server of [web, tls]) server.close();
    });
  });
});

/** Says of itself what it is told to, agrees to everything, and hears nothing. */
class FakeRedis implements AsyncDisposable {
  readonly #server: Server;

  static async start(of: Record<"server" | "version" | "mode", string>): Promise<FakeRedis> {
    const fields = Object.entries(of).flat();
    const hello = `%3\r\n${fields.map((text) => `+${text}\r\n`).join("")}`;
    const server = createServer((socket) => {
      socket.setEncoding("utf8").on("data", (text: string) => {
        for (const [, name, channels = ""] of text.matchAll(/\*\d+\r\n\$\d+\r\n([A-Za-z]+)\r\n([^*]*)/g)) {
          if (name?.toLowerCase() === "hello") socket.write(hello);
          else if (name?.toLowerCase() !== "subscribe") socket.write(":1\r\n");
          else {
            for (const [, channel] of channels.matchAll(/(natter\S+)/g)) {
              socket.write(`>3\r\n+subscribe\r\n+${channel}\r\n:1\r\n`);
            }
          }
        }
      });
      socket.on("error", () => {});
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new FakeRedis(server);
  }

  private constructor(server: Server) {
    this.#server = server;
  }

  get url(): string {
    return `redis://:s3cret@127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function pemFile(of: "cert" | "key"): string {
  return fileURLToPath(new URL(`../../../../hub/src/testing/localhost.${of}.pem`, import.meta.url));
}
