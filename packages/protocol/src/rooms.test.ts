import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseRoom, roomFromPath } from "./rooms.ts";

describe("rooms", () => {
  it("R1 what a path names, for each code point there is, is a room in frames too", () => {
    let rooms = 0;
    for (let point = 0; point <= 0x10ffff; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue; // encodeURIComponent throws on those
      const room = roomFromPath(`/a${encodeURIComponent(String.fromCodePoint(point))}`);
      if (room === undefined) continue;
      rooms++;
      assert.equal(parseRoom(room), room);
    }
    assert.ok(rooms > 100_000, `${rooms}`);
  });

  it("R1 a name is counted in code points", () => {
    assert.equal(parseRoom("𐐨".repeat(64))?.length, 128);
    assert.equal(parseRoom("𐐨".repeat(65)), undefined);
  });

  it("R1 spellings that look the same are one room, or refused", () => {
    assert.equal(roomFromPath("/Cafe%CC%81"), roomFromPath("/caf%C3%A9"));
    // Lower case takes İ apart, and its dot then stands before the line below: NFC has to come after it as well.
    assert.equal(roomFromPath(`/${encodeURIComponent("İ\u0331")}`), "i\u0331\u0307");
    assert.equal(parseRoom("Café"), undefined);
    assert.equal(parseRoom("cafe\u0301"), undefined);
  });
});
