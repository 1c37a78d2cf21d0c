import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageRate } from "./message-rate.ts";

function spend(meter: ReturnType<MessageRate["meter"]>, count: number, now: number): string[] {
  return Array.from({ length: count }, () => meter.spend(now).kind);
}

describe("the message rate", () => {
  it("lets a burst of ten seconds' worth through, then slows down until the debt is paid", () => {
    const meter = new MessageRate(50).meter("10.0.0.1", 0);
    assert.deepEqual(new Set(spend(meter, 500, 0)), new Set(["fine"]));
    assert.deepEqual(meter.spend(0), { kind: "slow down", waitMs: 20 });
    assert.deepEqual(meter.spend(40), { kind: "fine" });
  });

  it("calls it a flood when slowing down did not help: a whole burst in debt", () => {
    const meter = new MessageRate(50).meter("10.0.0.1", 0);
    const kinds = spend(meter, 1_001, 0);
    assert.equal(kinds[999], "slow down");
    assert.equal(kinds[1_000], "flood");
  });

  it("gives an address ten times a connection's rate, over all its connections", () => {
    const rate = new MessageRate(1);
    const meters = Array.from({ length: 11 }, () => rate.meter("10.0.0.1", 0));
    for (const meter of meters.slice(0, 10))
      assert.deepEqual(new Set(spend(meter, 10, 0)), new Set(["fine"]));
    assert.deepEqual(meters[10]?.spend(0), { kind: "slow down", waitMs: 100 });
    assert.deepEqual(rate.meter("10.0.0.2", 0).spend(0), { kind: "fine" });
  });

  it("of an address outlives its connections: to go and come again gives no new burst", () => {
    const rate = new MessageRate(1);
    for (let round = 0; round < 10; round++) {
      const meter = rate.meter("10.0.0.1", 0);
      for (let count = 0; count < 10; count++) assert.equal(meter.take(0), 0);
      meter.release();
    }
    assert.equal(rate.meter("10.0.0.1", 0).take(0), 100);
    assert.equal(rate.meter("10.0.0.1", 60_000).take(60_000), 0);
  });

  it("M1 of an address is kept by plain clients that hang up and come back: they owe, and a burst is all they may", () => {
    const rate = new MessageRate(1);
    const kinds = Array.from({ length: 30 }, () => {
      const meter = rate.meter("10.0.0.1", 0);
      const spent = spend(meter, 20, 0);
      meter.release();
      return spent;
    }).flat();
    // The burst of an address is 100; a line is taken unless it is a flood.
    assert.equal(kinds.filter((kind) => kind !== "flood").length, 200);
    assert.deepEqual(new Set(kinds.slice(200)), new Set(["flood"]));
    const another = rate.meter("10.0.0.1", 0);
    assert.equal(another.take(0), 10_100);
    assert.equal(another.take(10_100), 0);
  });

  it("M1 of an address slows down each of its plain clients until it owes nothing, whoever overdid it", () => {
    const rate = new MessageRate(1);
    for (let count = 0; count < 11; count++) spend(rate.meter("10.0.0.1", 0), 10, 0);
    const calm = rate.meter("10.0.0.1", 0);
    assert.equal(calm.waitMs(0), 1_000);
    assert.deepEqual(calm.spend(0), { kind: "slow down", waitMs: 1_100 });
    assert.equal(calm.waitMs(1_100), 0);
  });

  it("M9 lets plain clients come and go for two messages, and not while their address has nothing left", () => {
    const rate = new MessageRate(1);
    for (let count = 0; count < 50; count++) assert.equal(rate.takeArrival("10.0.0.1", 0), 0);
    assert.equal(rate.takeArrival("10.0.0.1", 0), 200);
    assert.equal(rate.takeArrival("10.0.0.1", 100), 100);
    assert.equal(rate.takeArrival("10.0.0.2", 100), 0);
    assert.equal(rate.takeArrival("10.0.0.1", 200), 0);
    assert.equal(rate.meter("10.0.0.1", 200).take(200), 100);
    assert.equal(new MessageRate(0).takeArrival("10.0.0.1", 0), 0);
  });

  it("never fills past the burst, however long somebody was silent", () => {
    const meter = new MessageRate(1).meter("10.0.0.1", 0);
    const kinds = spend(meter, 11, 1_000_000);
    assert.equal(kinds.filter((kind) => kind === "fine").length, 10);
  });

  it("of 0 lifts every limit", () => {
    const none = new MessageRate(0);
    for (let count = 0; count < 100; count++)
      assert.equal(none.takeName("somebody", undefined, `name ${count}`, 0), 0);
    const meter = new MessageRate(0).meter("10.0.0.1", 0);
    assert.deepEqual(new Set(spend(meter, 10_000, 0)), new Set(["fine"]));
  });
});

describe("what else an address may ask for", () => {
  it("M1 a frame counts as a message for each 16 KiB that it begins, and never as more than a burst", () => {
    const meter = new MessageRate(1).meter("10.0.0.1", 0);
    assert.equal(meter.take(0, 16_384), 0);
    assert.equal(meter.take(0, 16_385), 0);
    assert.equal(meter.take(0, 65_536), 0);
    assert.equal(meter.take(0, 65_536), 1_000);
    const strict = new MessageRate(0.1).meter("10.0.0.1", 0);
    assert.equal(strict.take(0, 65_536), 0);
  });

  it("M7 reads have a rate of their own, ten times that for an address", () => {
    const rate = new MessageRate(50);
    const meters = Array.from({ length: 11 }, () => rate.meter("10.0.0.1", 0));
    for (const meter of meters.slice(0, 10)) {
      for (let count = 0; count < 200; count++) assert.equal(meter.takeRead(0), 0);
      assert.equal(meter.takeRead(0), 100);
    }
    assert.equal(meters[10]!.takeRead(0), 10);
    assert.equal(meters[10]!.take(0), 0);
  });

  it("M8 new rooms are counted for an address, whoever makes them, and for an IPv6 one with its neighbours", () => {
    const rate = new MessageRate(50);
    for (let count = 0; count < 5_000; count++) {
      assert.equal(rate.meter(`2001:db8::${(count % 500).toString(16)}`, 0).takeNewRoom(0), 0);
    }
    assert.equal(rate.meter("2001:db8::ffff", 0).takeNewRoom(0), 200);
    assert.equal(rate.meter("2001:db8:0:1::1", 0).takeNewRoom(0), 0);
    assert.equal(rate.meter("2001:db8::ffff", 200).takeNewRoom(200), 0);
  });

  it("M3 what is refused counts as a flood, whatever it was", () => {
    const meter = new MessageRate(1).meter("10.0.0.1", 0);
    for (let count = 0; count < 210; count++) meter.takeRead(0);
    assert.equal(meter.isFlooding(0), true);
  });
});
