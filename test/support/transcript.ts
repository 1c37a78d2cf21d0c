// The chat that natter began with, as its plain clients and its operator see it, line by line. Every server that
// speaks it has to pass, over every kind of client.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { inTime, RawClient } from "./raw-client.ts";

export type TranscriptClient = {
  send: (line: string) => unknown;
  /** The next line heard. Rejects when the connection ends first. */
  next: () => Promise<string>;
  /** Leaves with a close frame. */
  leave: () => Promise<unknown>;
  /** Is gone without a word; left out where the client can not. */
  vanish?: () => unknown;
};

/** The next line that the server prints. */
export type Printed = () => Promise<string>;

/**
 * Plays the chat with four clients.
 *
 * @param firstId the number that the next client is given: 1 where the server has just started
 * @returns the number that the next client would be given
 */
export async function originTranscript(
  connect: () => Promise<TranscriptClient>,
  printed: Printed,
  firstId = 1,
): Promise<number> {
  const [a, b, c, d] = [firstId, firstId + 1, firstId + 2, firstId + 3];
  const come = async (id: number, there: TranscriptClient[]): Promise<TranscriptClient> => {
    const client = await connect();
    assert.equal(await printed(), `New client (${id}) connected`);
    for (const other of there) assert.equal(await other.next(), `New client (${id}) connected`);
    return client;
  };
  const gone = async (id: number, there: TranscriptClient[]): Promise<void> => {
    assert.equal(await printed(), `Client (${id}) left`);
    for (const other of there) assert.equal(await other.next(), `Client (${id}) left`);
  };
  const says = async (from: TranscriptClient, id: number, there: TranscriptClient[], lines: string[]) => {
    for (const line of lines) from.send(line);
    for (const other of there) {
      for (const line of lines) assert.equal(await other.next(), `Client (${id}) : ${line}`);
    }
  };

  const one = await come(a, []);
  const two = await come(b, [one]);
  const three = await come(c, [one, two]);

  // Nobody hears himself: what each hears next is another's.
  await says(one, a, [two, three], ["hi"]);
  await says(two, b, [one, three], ["hello, (1)"]);
  await says(three, c, [one, two], ["Client (1) : hi"]);

  const hundreds = Array.from({ length: 300 }, (_, index) => `line ${index}`);
  await says(one, a, [two, three], hundreds);
  await says(
    two,
    b,
    [one, three],
    ["", " ", "żółć 👩‍👩‍👧 ‏مرحبا", "<b>&amp;</b>", '{"type":"hello"}', "two\nlines"],
  );
  await says(three, c, [one, two], ["x".repeat(8192), "é".repeat(4096)]);

  // Two at once: each one's lines in their order.
  const many = Array.from({ length: 50 }, (_, index) => `${index}`);
  for (const line of many) {
    two.send(line);
    three.send(line);
  }
  const both: string[] = [];
  while (both.length < 100) both.push(await one.next());
  for (const id of [b, c]) {
    const lines = both.filter((line) => line.startsWith(`Client (${id}) : `));
    assert.deepEqual(
      lines,
      many.map((line) => `Client (${id}) : ${line}`),
    );
  }
  for (const line of many) assert.equal(await two.next(), `Client (${c}) : ${line}`);
  for (const line of many) assert.equal(await three.next(), `Client (${b}) : ${line}`);

  await two.leave();
  await gone(b, [one, three]);
  await (three.vanish ?? three.leave)();
  await gone(c, [one]);

  // Numbers are not used again, and a newcomer hears nothing of what was before.
  const four = await come(d, [one]);
  await says(one, a, [four], ["bye"]);
  await says(four, d, [one], ["bye"]);
  await four.leave();
  await gone(d, [one]);
  await one.leave();
  await gone(a, []);
  return d + 1;
}

/** A client over bare TCP. */
export async function rawTranscriptClient(port: number): Promise<TranscriptClient> {
  const raw = await RawClient.connect(port);
  return {
    send: (line) => raw.send(line),
    next: () => raw.next(),
    leave: () => raw.leave(),
    vanish: () => raw.vanish(),
  };
}

/** The platform's own WebSocket, as a page has it. It has no way to vanish. */
export async function platformTranscriptClient(url: string): Promise<TranscriptClient> {
  const socket = new WebSocket(url);
  const lines: string[] = [];
  let wake = (): void => {};
  socket.addEventListener("message", ({ data }) => {
    lines.push(data);
    wake();
  });
  const closed = new Promise<void>((resolve) => {
    socket.addEventListener("close", () => {
      resolve();
      wake();
    });
  });
  await inTime(
    new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`cannot connect to ${url}`)));
    }),
    "the connection",
  );
  const next = async (): Promise<string> => {
    while (lines.length === 0) {
      if (socket.readyState === WebSocket.CLOSED) throw new Error("the connection ended");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return lines.shift()!;
  };
  return {
    send: (line) => socket.send(line),
    next: () => inTime(next(), "a line"),
    leave: async () => {
      socket.close(1000);
      await inTime(closed, "the end of the connection");
    },
  };
}

/** What a process prints, a line at a time; `rest` is what it printed beyond, once it has ended. */
export function linesOf(stream: Readable): { printed: Printed; rest: () => Promise<string[]> } {
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
  const printed = async (): Promise<string> => {
    const { value, done } = await inTime(lines.next(), "a printed line");
    if (done) throw new Error("the server prints no more: it has ended");
    return value;
  };
  const rest = async (): Promise<string[]> => {
    const all: string[] = [];
    for (let line = await lines.next(); !line.done; line = await lines.next()) all.push(line.value);
    return all;
  };
  return { printed, rest };
}
