import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { parseProxies } from "../access/client-address.ts";
import { EXTRA_CONNECTIONS } from "../limits.ts";
import { boundConnections } from "./connections.ts";

/** Whoever a test connects as is loopback, which is exempt: so the server is told of these connections. */
class Stranger extends EventEmitter {
  readonly remoteAddress: string;
  isCut = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.isCut = true;
  }
}

describe("connections that are no WebSocket", () => {
  it("are cut past those of WebSocket of an address and some more, but not a proxy's and not this machine's own", () => {
    const server = createServer();
    const cut: string[] = [];
    boundConnections(server, {
      maxConnections: 10,
      maxConnectionsPerAddress: 2,
      proxies: parseProxies(["10.0.0.1"])!,
      cut: (address) => cut.push(address),
    });
    const come = (address: string): Stranger => {
      const stranger = new Stranger(address);
      server
        .listeners("connection")
        .at(-1)!
        .call(server, stranger as unknown as Socket);
      return stranger;
    };
    const most = 2 + EXTRA_CONNECTIONS;
    for (const address of ["203.0.113.7", "2001:db8::1"]) {
      const there = Array.from({ length: most }, () => come(address));
      assert.ok(there.every(({ isCut }) => !isCut));
      assert.ok(come(address).isCut);
      there[0]!.emit("close");
      assert.ok(!come(address).isCut);
    }
    assert.ok(come("2001:db8::2").isCut, "the same /64");
    assert.ok(!come("203.0.113.8").isCut);
    for (const address of ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1"]) {
      for (let count = 0; count <= most; count++) assert.ok(!come(address).isCut, address);
    }
    assert.deepEqual(cut, ["203.0.113.7", "2001:db8::1", "2001:db8::2"]);
  });
});
