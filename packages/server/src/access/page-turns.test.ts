import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Connection } from "../ports.ts";
import { PAGES_AT_A_TIME, PageTurns } from "./page-turns.ts";

/** All that is on its way by promises has happened. */
const settled = () => new Promise(setImmediate);

function connectionAt(address: string): { isOpen: boolean } & Connection {
  return { address, isOpen: true } as Connection;
}

describe("pages of the log", () => {
  it("P9 are read so many at a time for an address, whichever connection asks, and others need not wait for them", async () => {
    const turns = new PageTurns();
    const reads: PromiseWithResolvers<string>[] = [];
    const read = () => {
      reads.push(Promise.withResolvers<string>());
      return reads.at(-1)!.promise;
    };
    const greedy = Array.from({ length: 100 }, (_, index) => connectionAt(`2001:db8::${index}`));
    const pages = greedy.map((connection) => turns.take(connection, read));
    await settled();
    assert.equal(reads.length, PAGES_AT_A_TIME);
    const other = turns.take(connectionAt("2001:db8:0:1::1"), async () => "another's");
    assert.equal(await other, "another's");
    for (let done = 0; done < greedy.length; done++) {
      reads[done]!.resolve(`page ${done}`);
      assert.equal(await pages[done], `page ${done}`);
      await settled();
      assert.equal(reads.length, Math.min(greedy.length, done + 1 + PAGES_AT_A_TIME));
    }
  });

  it("are not read for a connection that is gone when its turn comes, and a read that fails hands on its turn", async () => {
    const turns = new PageTurns();
    const first = Promise.withResolvers<string>();
    const failing = Array.from({ length: PAGES_AT_A_TIME }, () =>
      turns.take(connectionAt("10.0.0.1"), () => first.promise),
    );
    const gone = connectionAt("10.0.0.1");
    const dropped = turns.take(gone, () => assert.fail("read for nobody"));
    const last = turns.take(connectionAt("10.0.0.1"), async () => "page");
    gone.isOpen = false;
    first.reject(new Error("the disk failed"));
    for (const { status } of await Promise.allSettled(failing)) assert.equal(status, "rejected");
    assert.deepEqual(await Promise.all([dropped, last]), [undefined, "page"]);
  });
});
