import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openHub, recordingLogger, told, until } from "./testing/hub.ts";

const EVENTS = ["connect", "message", "disconnect"] as const;

suite("callbacks that fail", () => {
  for (const event of EVENTS) {
    for (const [how, fail] of [
      ["throws", () => assert.fail("boom")],
      ["rejects", () => Promise.reject(new Error("boom"))],
    ] as const) {
      test(`a ${event} listener that ${how} is told to the error listener, and the hub goes on`, async (t) => {
        const { hub, meet } = await openHub(t);
        hub.on(event, fail);
        const trouble = told(hub, "error");
        const first = await meet();
        first.raw.send("hi");
        await first.raw.leave();
        const [error] = await trouble;
        assert.equal((error as Error).message, "boom");
        hub.removeAllListeners(event);

        const { raw } = await meet();
        hub.on("message", (client, text) => client.send(text));
        assert.equal(await raw.send("still here").next(), "still here");
      });
    }
  }

  test("a listener that throws keeps no other from hearing, before it or behind it", async (t) => {
    const { hub, meet } = await openHub(t);
    const heard: string[] = [];
    hub.on("message", () => heard.push("first"));
    hub.on("message", () => assert.fail("boom"));
    hub.on("message", () => heard.push("last"));
    const trouble = told(hub, "error");
    const { raw } = await meet();
    raw.send("hi");
    await trouble;
    assert.deepEqual(heard, ["first", "last"]);
  });

  test("once and off work as on any emitter", async (t) => {
    const { hub, meet } = await openHub(t);
    const heard: string[] = [];
    const never = (): void => void heard.push("never");
    hub.on("message", never);
    hub.off("message", never);
    hub.once("message", (_, text) => heard.push(`once ${text}`));
    hub.on("message", (client, text) => {
      heard.push(`on ${text}`);
      client.send("ok");
    });
    const { raw } = await meet();
    await raw.send("1").next();
    await raw.send("2").next();
    assert.deepEqual(heard, ["once 1", "on 1", "on 2"]);
  });

  test("without an error listener the error is logged", async (t) => {
    const { lines, logger } = recordingLogger();
    const { hub, meet } = await openHub(t, { logger, logLevel: "error" });
    const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
    hub.on("connect", () => {
      throw thrown;
    });
    hub.on("connect", () => Promise.reject(rejected));
    await meet();
    await until(() => lines.length === 2, "two lines");
    assert.deepEqual(lines, [
      { level: "error", line: ["A callback failed:", thrown] },
      { level: "error", line: ["A callback failed:", rejected] },
    ]);
  });

  test("an error listener that throws or rejects is logged with both errors, once, and is not called for it", async (t) => {
    for (const how of ["throws", "rejects"]) {
      const { lines, logger } = recordingLogger();
      const { hub, meet } = await openHub(t, { logger, logLevel: "error" });
      const [first, second] = [new Error("first"), new Error("second")];
      let calls = 0;
      hub.on("connect", () => {
        throw first;
      });
      hub.on("error", () => {
        calls++;
        if (how === "rejects") return Promise.reject(second);
        throw second;
      });
      await meet();
      await until(() => lines.length > 0, "a line");
      await new Promise(setImmediate);
      assert.deepEqual(lines, [
        { level: "error", line: ["The error listener itself failed:", second, "over:", first] },
      ]);
      assert.equal(calls, 1);
    }
  });
});

suite("the log", () => {
  test("each level says what belongs to it and what is graver", async (t) => {
    const said: Record<string, string[]> = {};
    for (const logLevel of ["silent", "error", "warn", "info", "debug"] as const) {
      const { lines, logger } = recordingLogger();
      const { hub, meet } = await openHub(t, { logger, logLevel, pingIntervalMs: 20 });
      hub.on("connect", () => assert.fail("boom"));
      const gone = told(hub, "disconnect");
      hub.removeAllListeners("error");
      const { raw } = await meet();
      raw.socket.pause(); // never answers a ping
      await gone;
      await hub.close();
      said[logLevel] = [...new Set(lines.map(({ level }) => level))].toSorted();
    }
    assert.deepEqual(said, {
      silent: [],
      error: ["error"],
      warn: ["error", "warn"],
      info: ["error", "info", "warn"],
      debug: ["debug", "error", "info", "warn"],
    });
  });
});
