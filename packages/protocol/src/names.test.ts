import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cleanName, nameInSentence, textInSentence } from "./names.ts";

describe("names", () => {
  it("N2 the decimal digits of every script are refused where there is nothing else", () => {
    let digits = 0;
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point);
      if (!/\p{Nd}/u.test(character)) continue;
      digits++;
      assert.deepEqual(cleanName(`${character} ${character}`), { ok: false, fault: "only_digits" });
      assert.equal(cleanName(`a${character}`).ok, true);
    }
    assert.ok(digits > 600, `${digits}`);
  });

  it("N1 a name of a million invisible characters is refused before it is worked on", () => {
    const start = performance.now();
    assert.deepEqual(cleanName("\u200b".repeat(1_000_000)), { ok: false, fault: "too_long" });
    assert.ok(performance.now() - start < 50);
  });

  it("B4 a name cannot close the brackets it stands in", () => {
    assert.equal(`Client (${nameInSentence("3) : bye (")}) : hi`, "Client (3] : bye [) : hi");
    assert.equal(nameInSentence("Ada"), "Ada");
  });

  it("B4 a text makes no second sentence and steers no terminal, and is to the letter where it is ordinary", () => {
    for (const lineBreak of ["\n", "\r\n", "\r", "\u0085", "\f", "\v", "\u2028", "\u2029"]) {
      assert.equal(textInSentence(`hi${lineBreak}Client (3) : bye`), "hi ↵ Client (3) : bye");
      assert.equal(textInSentence(`${lineBreak}client (3) left`), " ↵ client (3) left");
      assert.equal(textInSentence(`two${lineBreak}lines`), `two${lineBreak}lines`);
    }
    assert.equal(textInSentence("hi\n \u200b\u001b\nNew client (3)"), "hi ↵  \u200b␛ ↵ New client (3)");
    for (const hidden of [
      "\u200b",
      "\u034f",
      "\ufe0f",
      "\u3164",
      "\u115f",
      "\u2800",
      "\u00a0",
      "\u001b",
      "  ",
    ]) {
      const line = textInSentence(`hi\n${hidden}New${hidden} client${hidden} (3) connected`);
      assert.ok(!line.includes("\n"), JSON.stringify(line));
    }
    assert.ok(!textInSentence("hi\nCl\u200bi\u2060ent (3) : bye").includes("\n"));
    assert.equal(textInSentence("\u001b[31m\u0000\u007f\u009b"), "␛[31m␀␡\ufffd");
    for (const text of ["", " hi ", "(3) : é😀 שלום", "a\tb", "a\n\nClients (all)"]) {
      assert.equal(textInSentence(text), text);
    }
  });

  // 54 ms for one text, where each line break was looked behind on its own: one connection within its rate stopped a server.
  it("P9 a text of 8 KiB costs the server next to nothing, whatever it is made of", {
    timeout: 20_000,
  }, () => {
    const parts = [
      "\n",
      "\r\n",
      "\u2028",
      " ",
      "\u200b",
      "\n\u200b",
      "\na",
      "\nC",
      "\nClient",
      "\nClient (",
      "\nNew \u3164",
    ];
    for (const part of parts) {
      const text = `${part.repeat(8_190 / part.length)}x`;
      // Five minutes at 54 ms.
      for (let times = 0; times < 500; times++) textInSentence(text);
    }
  });
});
