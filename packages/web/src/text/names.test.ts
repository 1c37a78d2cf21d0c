import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hueOf, initialOf, lookAlikes, shownName, tagOf } from "./names.ts";
import { randomFrom } from "./testing.ts";

/** Those of these names that look alike, each being somebody else's. */
function alike(...names: string[]): string[] {
  const found = lookAlikes(names.map((name, at) => ({ id: `${at}`, name })));
  return names.filter((_, at) => found.has(`${at}`));
}

describe("names", () => {
  it("are numbers only of plain clients, who are guests", () => {
    assert.equal(shownName({ id: "x", name: "3", plain: true }), "Guest 3");
    assert.equal(shownName({ id: "x", name: "Ada", plain: true }), "Ada");
    assert.equal(shownName({ id: "x", name: "3" }), "3");
  });

  it("begin with a character as people see it", () => {
    const initials = {
      ada: "A",
      "é\u0301x": "É\u0301",
      "👩‍🚀 Sally": "👩‍🚀",
      ßa: "ß",
      " b": "B",
      "": "?",
      नि: "नि",
      ǆ: "Ǆ",
    };
    for (const [name, initial] of Object.entries(initials)) assert.equal(initialOf(name), initial);
  });

  it("that look alike are marked, of everybody who has one", () => {
    for (const [one, other] of [
      ["Ada", "ada"],
      ["Ada", "Аdа"],
      ["Ada", "Αda"],
      ["Ada", "Ádà"],
      ["Ada", "A d-a."],
      ["Ada", "Ａｄａ"],
      ["Bob", "B0b"],
      ["Will", "WiII"],
      ["paul", "pau1"],
      ["Nina", "Νіnа"],
      ["😀", "😀"],
    ]) {
      assert.deepEqual(alike(one!, other!, "Somebody else"), [one, other]);
    }
  });

  it("that do not look alike are not", () => {
    assert.deepEqual(alike("Ada", "Adam", "Zoë", "Иван", "李", "王", "😀", "🎉", "Guest 2", "Guest 3"), []);
  });

  it("of somebody who changed theirs are nobody else's", () => {
    const ada = { id: "a", name: "Ada" };
    assert.equal(lookAlikes([ada, { ...ada, name: "ADA" }, { ...ada, name: "Eve" }]).size, 0);
    assert.deepEqual([...lookAlikes([ada, { ...ada, name: "Eve" }, { id: "e", name: "eve" }])].sort(), [
      "a",
      "e",
    ]);
    assert.equal(
      lookAlikes([
        { id: "p", name: "3", plain: true },
        { id: "q", name: "guest3" },
      ]).size,
      2,
    );
  });

  it("are told apart by a bit of the id", () => {
    assert.equal(tagOf("24kq6fkTbh0zA4iI_h940Q"), "24kq");
  });
});

describe("a person's colour", () => {
  it("is the same every time, and all colours come about as often", () => {
    const random = randomFrom(7);
    const counts = Array.from({ length: 8 }, () => 0);
    for (let at = 0; at < 8_000; at++) counts[hueOf(`${random()}`)]!++;
    assert.ok(
      counts.every((count) => count > 800 && count < 1_200),
      counts.join(),
    );
    assert.equal(hueOf("24kq6fkTbh0zA4iI_h940Q"), hueOf("24kq6fkTbh0zA4iI_h940Q"));
  });
});
