import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { roomNameOf } from "./room-names.ts";
import { addressOf, placeOf } from "./route.ts";

const at = (pathname: string, hash = "") => placeOf({ pathname, hash });

describe("an address", () => {
  it("leads to the lobby where it names no room", () => {
    assert.deepEqual(at("/"), { kind: "room", room: "lobby" });
    assert.deepEqual(at("/", "#"), { kind: "room", room: "lobby" });
  });

  it("leads to a room in both of its forms", () => {
    for (const place of [at("/r/team"), at("/r/team/"), at("/", "#/team"), at("/r/other", "#/team")]) {
      assert.deepEqual(place, { kind: "room", room: "team" });
    }
  });

  it("is in normal form whatever was typed (R1)", () => {
    assert.deepEqual(at("/r/TEAM"), { kind: "room", room: "team" });
    assert.deepEqual(at("/r/Caf%C3%A9"), { kind: "room", room: "café" });
    assert.deepEqual(at("/r/Cafe%CC%81"), { kind: "room", room: "café" });
  });

  it("that names what no room can be called says so, with what was typed", () => {
    assert.deepEqual(at("/r/%3Csvg%20onload%3D1%3E"), { kind: "no room", typed: "<svg onload=1>" });
    assert.deepEqual(at("/", "#/%E0%A4%A"), { kind: "no room", typed: "%E0%A4%A" });
    assert.deepEqual(at("/r/a/b"), { kind: "no room", typed: "a/b" });
    assert.deepEqual(at("/r/"), { kind: "no room", typed: "" });
  });

  it("of a room leads back to it", () => {
    for (const room of ["lobby", "team", "日本語", "a.b_c-d", "café"]) {
      const { pathname } = new URL(addressOf(room), "http://localhost");
      assert.deepEqual(at(pathname), { kind: "room", room });
    }
  });
});

describe("the name of a room", () => {
  it("is made of what somebody types", () => {
    assert.equal(roomNameOf("#Team Room"), "team-room");
    assert.equal(roomNameOf("  lobby "), "lobby");
    assert.equal(roomNameOf("x".repeat(64)), "x".repeat(64));
  });

  it("is none where no room can have it (R1)", () => {
    for (const typed of ["", "#", "-a", ".a", "a/b", "a?b", "x".repeat(65), "a\u200bb", "a\u202eb", "🙂"]) {
      assert.equal(roomNameOf(typed), undefined, JSON.stringify(typed));
    }
  });
});
