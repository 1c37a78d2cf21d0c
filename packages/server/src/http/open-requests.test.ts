import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { Hub } from "@natter/hub";
import { inTime, RawClient } from "../../../../test/support/raw-client.ts";
import { ANSWER_TIMEOUT_MS, MAX_OPEN_REQUESTS } from "../limits.ts";
import { createPageServer } from "./server.ts";

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
/** More than the kernel takes for somebody who does not read. */
const MUCH = Buffer.alloc(64 * 1024 * 1024);

async function serve(handler: RequestListener): Promise<Server & AsyncDisposable> {
  const server = createPageServer(handler, undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  const dispose = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return Object.assign(server, { [Symbol.asyncDispose]: dispose });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function ask(server: Server, requests: string): Socket {
  const socket = connect(portOf(server), "127.0.0.1").on("error", () => {});
  socket.write(requests);
  return socket;
}

describe("a connection with requests whose answers are not taken", () => {
  it("may have eight of them, and is cut at the ninth", async () => {
    let asked = 0;
    await using server = await serve(() => void asked++);
    const socket = ask(server, GET.repeat(MAX_OPEN_REQUESTS));
    while (asked < MAX_OPEN_REQUESTS) await once(server, "request");
    assert.equal(socket.closed, false);
    socket.resume().write(GET.repeat(100));
    await inTime(once(socket, "close"), "the end of the connection");
    assert.equal(asked, MAX_OPEN_REQUESTS);
  });

  it("may ask for as many as it likes, one after the other", async () => {
    await using server = await serve((_, response) => response.end("answer"));
    const socket = ask(server, GET);
    for (let count = 0; count < 3 * MAX_OPEN_REQUESTS; count++) {
      assert.match(String((await inTime(once(socket, "data"), "an answer"))[0]), /answer$/);
      socket.write(GET);
    }
    socket.destroy();
  });

  it("is cut when it takes nothing for long, and a WebSocket of the same server that is as quiet is not", async () => {
    const closed = Promise.withResolvers<boolean>();
    await using server = await serve((_, response) => {
      response.once("close", () => closed.resolve(response.writableFinished));
      response.end(MUCH);
    });
    assert.equal(server.timeout, ANSWER_TIMEOUT_MS);
    server.timeout = 200;
    await using hub = new Hub({ server });
    hub.on("message", (client, text) => client.send(String(text)));
    const quiet = await RawClient.connect(portOf(server));
    const socket = ask(server, GET).pause();
    assert.equal(await inTime(closed.promise, "the end of the connection"), false);
    socket.destroy();
    assert.equal(await quiet.send("still here").next(), "still here");
  });
});
