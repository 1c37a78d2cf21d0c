import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseRedisUrl, shown } from "./address.ts";

describe("The URL of a bus", () => {
  test("names a host, and a port, user, password and TLS where they are not the usual ones", () => {
    const plain = { host: "redis", port: 6379, isTls: false };
    for (const [url, address] of [
      ["redis://redis", plain],
      ["redis://redis:6379/", plain],
      ["redis://redis/15", plain],
      ["rediss://redis:7000", { ...plain, port: 7000, isTls: true }],
      ["redis://:p%40ss%2F@redis", { ...plain, password: "p@ss/" }],
      ["redis://ada:p%3Ass@redis", { ...plain, username: "ada", password: "p:ss" }],
      ["redis://[::1]:7000", { ...plain, host: "::1", port: 7000 }],
    ] as const) {
      assert.deepEqual(parseRedisUrl(url), address, url);
    }
  });

  test("is shown without user and password", () => {
    assert.equal(shown(parseRedisUrl("rediss://ada:s3cret@[::1]/0")), "rediss://[::1]:6379");
    assert.equal(shown(parseRedisUrl("redis://:s3cret@redis:7000")), "redis://redis:7000");
  });
});
