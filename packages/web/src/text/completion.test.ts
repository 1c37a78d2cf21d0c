import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { complete, completionAt, rankPeople } from "./completion.ts";

/** `|` is the caret. */
function at(marked: string) {
  return completionAt(marked.replace("|", ""), marked.indexOf("|"));
}

describe("completion", () => {
  it("begins with an @ at the beginning of a word, with nothing behind it even", () => {
    assert.deepEqual(at("@|"), { kind: "person", from: 0, to: 1, query: "" });
    assert.deepEqual(at("hi (@Ad|"), { kind: "person", from: 4, to: 7, query: "Ad" });
    assert.deepEqual(at("@Ada Lo| you"), { kind: "person", from: 0, to: 7, query: "Ada Lo" });
    for (const text of ["mail@a|", "@Ada Lo v|", "@ |", "a|@b", "@ada\n|", "|"])
      assert.equal(at(text), undefined, text);
  });

  it("begins with a colon and two letters, but not in words, times and addresses", () => {
    assert.deepEqual(at("so :sm|ile"), { kind: "emoji", from: 3, to: 6, query: "sm" });
    assert.deepEqual(at(":+1|"), { kind: "emoji", from: 0, to: 3, query: "+1" });
    for (const text of [
      ":s|",
      ":|",
      ":D|",
      "10:30|",
      "http://a|",
      "http:ab|",
      "std::vec|",
      ":tada:|",
      ": ab|",
      "a:bc|",
    ]) {
      assert.equal(at(text), undefined, text);
    }
  });

  it("looks at the end of a long text only, and finds the right place in it", () => {
    assert.deepEqual(at(`${"a ".repeat(4_000)}@Ad|`), {
      kind: "person",
      from: 8_000,
      to: 8_003,
      query: "Ad",
    });
    assert.equal(at(`@${"a".repeat(8_000)}|`), undefined);
  });

  it("puts one space behind what it puts there, and the caret behind that", () => {
    const completion = { kind: "person", from: 3, to: 6, query: "Ad" } as const;
    assert.deepEqual(complete("hi @Ad", completion, "@Ada"), { text: "hi @Ada ", caret: 8 });
    assert.deepEqual(complete("hi @Ad you", completion, "@Ada"), { text: "hi @Ada you", caret: 8 });
    assert.deepEqual(complete("hi @Ad\nyou", completion, "@Ada"), { text: "hi @Ada \nyou", caret: 8 });
  });

  it("ranks people by where their name has the query, and by name", () => {
    const people = ["Renée", "Ada Renz", "Zoë", "Loren", "renate"].map((name, id) => ({ id: `${id}`, name }));
    assert.deepEqual(
      rankPeople(people, "REN").map(({ name }) => name),
      ["renate", "Renée", "Ada Renz", "Loren"],
    );
    assert.equal(rankPeople(people, "").length, 5);
    assert.deepEqual(rankPeople([{ id: "x", name: "3", plain: true }], "gue").length, 1);
  });
});
