// Rules that show only where one has a hand on the server: it is killed, stopped, trimmed and set back.

import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";
import { Natter } from "../support/natter.ts";
import { arrive, enter, type Heard, newSession, plain, type Target } from "./peer.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "natter-conformance-"));
  folders.push(folder);
  return folder;
}

function target({ wsPort }: Natter): Target {
  return { host: "127.0.0.1", port: wsPort };
}

describe("our server, killed and set back", { concurrency: 2 }, () => {
  it("P1 E3 what is acknowledged is there after kill -9, in order, and a retry of what was not is there once", async () => {
    const [data, session, room] = [await newFolder(), newSession(), "crash"];
    const ids = Array.from({ length: 200 }, (_, index) => `${index}`);
    const sends = ids.map((id) => ({ type: "send", room, id, text: id }));
    const seen = new Map<string, Heard>();
    {
      await using natter = await Natter.start(["--data", data]);
      const peer = await enter(target(natter), room, { session });
      peer.say(...sends);
      while (seen.size < 20) {
        const event = await peer.hear("event");
        seen.set(event.id, event);
      }
      natter.child.kill("SIGKILL");
      await natter.exited;
    }
    await using natter = await Natter.start(["--data", data]);
    const witness = await enter(target(natter), room, { join: { since: 0 } });
    const peer = await enter(target(natter), room, { session });
    assert.ok(peer.joined.head >= 20);
    peer.say(...sends);
    const events = await witness.hearAll("event", ids.length);
    assert.deepEqual(
      events.map(({ id, seq }) => [id, seq]),
      ids.map((id, index) => [id, index + 1]),
    );
    for (const [id, event] of seen) assert.deepEqual(events[Number(id)], event);
    await witness.hearsNothing();
  });

  it("X7 M5 a server that stops says restarting and when to come back, and closes with 1012", async () => {
    await using natter = await Natter.start();
    const peers = [await enter(target(natter), "lobby"), await arrive(target(natter))];
    const guest = await plain(target(natter), "/");
    const stopped = natter.stop();
    for (const peer of peers) {
      const { retry, retryAfterMs } = await peer.refused("restarting");
      assert.equal(retry, true);
      assert.ok(Number.isSafeInteger(retryAfterMs) && retryAfterMs > 0);
      assert.equal((await peer.closing()).code, 1012);
    }
    assert.equal((await guest.closed).code, 1001);
    assert.equal(await stopped, 0);
  });

  it("I5 a session is written neither to the log nor to disk", async () => {
    await using natter = await Natter.start();
    const session = newSession();
    const peer = await enter(target(natter), "lobby", { session });
    await peer.tell("lobby", "hi");
    peer.say({ type: "read", room: "lobby", seq: 1 });
    await peer.hear("read");
    const files = await readdir(natter.folder, { recursive: true });
    assert.ok(files.length > 0);
    for (const file of files) {
      const bytes = await readFile(join(natter.folder, file));
      for (const secret of [session, Buffer.from(session, "base64url")]) {
        assert.ok(!bytes.includes(secret), file);
      }
      if (file.endsWith("-wal")) assert.ok(bytes.includes(peer.id), "where else is the event?");
    }
    await natter.stop();
    assert.ok(!natter.said().includes(session));
  });

  it("B1 B2 plain clients count from 1 with each start, and are new people all the same", async () => {
    const data = await newFolder();
    const ids: string[] = [];
    for (let start = 1; start <= 2; start++) {
      await using natter = await Natter.start(["--data", data]);
      const peer = await enter(target(natter), "lobby");
      for (const name of ["1", "2"]) {
        const guest = await plain(target(natter), "/");
        guest.send("hi");
        const { from } = await peer.hear("event");
        assert.equal(from.name, name);
        ids.push(from.id);
      }
      await natter.stop();
    }
    assert.equal(new Set(ids).size, 4);
  });

  it("A5 J3 J4 J10 what was trimmed is gone, is told by a reset, and is still known by its id", async () => {
    const [data, session, room] = [await newFolder(), newSession(), "trimmed"];
    const sent: Heard[] = [];
    {
      await using natter = await Natter.start(["--data", data]);
      const peer = await enter(target(natter), room, { session });
      for (const id of ["a", "b", "c", "d", "e"]) sent.push(await peer.tell(room, `text of ${id}`, id));
      await natter.stop();
    }
    const store = await openSqliteStore({ dataDir: data });
    assert.equal(await store.trim({ maxEvents: 2 }), 3);
    await store.close();

    await using natter = await Natter.start(["--data", data]);
    const there = await enter(target(natter), room, { session, join: { since: 0 } });
    const { epoch, first, head } = there.joined;
    assert.deepEqual([first, head], [4, 5]);
    assert.deepEqual(await there.hearAll("event", 2), sent.slice(3));
    const { text, at, ...trimmed } = await there.tell(room, "text of a", "a");
    assert.deepEqual([text, Number.isSafeInteger(at)], ["", true]);
    const { text: _, at: __, ...original } = sent[0]!;
    assert.deepEqual(trimmed, { ...original, again: true, trimmed: true });
    // The first that is missing is 4: whoever has 3 has missed nothing.
    const inTime = await enter(target(natter), room, { join: { since: 3, epoch, last: "c" } });
    assert.deepEqual(await inTime.hearAll("event", 2), sent.slice(3));
    const late = await arrive(target(natter));
    late.say({ type: "join", room, since: 2, epoch, last: "b" });
    assert.equal((await late.hear("reset")).head, 5);
    await late.hear("joined");
    late.say({ type: "history", room, after: 0, limit: 10, ref: "1" });
    const page = await late.hear("page");
    assert.deepEqual([page.events, page.more], [sent.slice(3), false]);
  });

  it("J4 J7 P5 a log that was copied back is known by its head, its last id, or the time of it", async () => {
    const [data, backup, session, room] = [await newFolder(), await newFolder(), newSession(), "backup"];
    const say = async (ids: string[]): Promise<Heard[]> => {
      await using natter = await Natter.start(["--data", data]);
      const peer = await enter(target(natter), room, { session });
      const events: Heard[] = [];
      for (const id of ids) events.push(await peer.tell(room, id, id));
      await natter.stop();
      return events;
    };
    await say(["a", "b"]);
    await cp(data, backup, { recursive: true });
    const [, fourth] = await say(["c", "d"]);
    await rm(data, { recursive: true });
    await cp(backup, data, { recursive: true });

    await using natter = await Natter.start(["--data", data]);
    const peer = await enter(target(natter), room, { session });
    const { epoch } = peer.joined;
    const position = { since: 4, epoch, last: "d", lastAt: fourth!.at };
    const resume = async (): Promise<string[]> => {
      const reader = await arrive(target(natter));
      reader.say({ type: "join", room, ...position }, { type: "ping" });
      const types: string[] = [];
      while (types.at(-1) !== "pong") types.push(JSON.parse(await reader.raw.next()).type);
      return types.filter((type) => type === "reset");
    };
    assert.deepEqual(await resume(), ["reset"]); // past the head
    await peer.tell(room, "c", "c");
    await peer.tell(room, "d", "d");
    assert.deepEqual(await resume(), ["reset"]); // the same ids at the same seqs, sent again from an outbox
    await peer.tell(room, "e", "e");
    assert.deepEqual(await resume(), ["reset"]); // grown past it
  });

  it("M1 F7 a rate below one a second still lets a burst of one or more pass, told as a whole number", async () => {
    for (const rate of ["0.01", "0.25"]) {
      await using natter = await Natter.start(["--message-rate", rate]);
      const { limits } = (await arrive(target(natter))).welcome;
      assert.equal(limits.messagesPerSecond, Number(rate));
      assert.ok(Number.isSafeInteger(limits.burst) && limits.burst >= 1);
    }
    await using natter = await Natter.start(["--message-rate", "0"]);
    const peer = await arrive(target(natter));
    assert.deepEqual([peer.welcome.limits.messagesPerSecond, peer.welcome.limits.burst], [0, 0]);
    for (let count = 0; count < 2_000; count++) peer.say({ type: "cake" });
    for (let count = 0; count < 2_000; count++) await peer.refused("unknown_type");
  });
});
