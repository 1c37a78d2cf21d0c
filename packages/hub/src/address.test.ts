import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "./address.ts";

test("an IPv6 address counts with all others of its /64, and an IPv4 one alone", () => {
  for (const [address, network] of [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:0DB8::1", "2001:db8:0:0::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["", ""],
  ]) {
    assert.equal(networkOf(address!), network);
  }
});
