import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { CLOSE_CODES, closeAction } from "./close-codes.ts";
import { ERRORS, errorFrame, RETIRED_ERRORS } from "./errors.ts";
import * as limits from "./limits.ts";

const docs = new URL("../../../docs/", import.meta.url);

/** The rows of the table under a heading, each a list of its cells. */
function tableUnder(heading: string, page: string): string[][] {
  const section =
    readFileSync(new URL(page, docs), "utf8").split(`\n## ${heading}`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.slice(2, -2).split(" | "));
}

describe("docs and code", () => {
  it("X1 docs/errors.md has every error code, in the words of the registry, and no other", () => {
    const expected = Object.entries(ERRORS).map(([code, { meaning, retry, fix }]) => [
      ...[`\`${code}\``, meaning, retry ? "yes" : "no", fix],
    ]);
    assert.deepEqual(tableUnder("Errors", "errors.md"), expected);
  });

  it("X5 docs/errors.md has every close code, in the words of the registry, and no other", () => {
    const expected = Object.entries(CLOSE_CODES).map(([code, { meaning, action, fix }]) => [
      code,
      meaning,
      action,
      fix,
    ]);
    assert.deepEqual(tableUnder("Close codes", "errors.md"), expected);
  });

  it("M1 docs/protocol.md has every limit with its value, and no other", () => {
    const written = tableUnder("Limits and rates", "protocol.md").map(([name = "", value = ""]) => [
      name.split("`")[1],
      Number(value.replaceAll(",", "")),
    ]);
    assert.deepEqual(Object.fromEntries(written), { ...limits });
  });
});

describe("registries", () => {
  it("X6 no code in use is one that was retired", () => {
    assert.deepEqual(
      RETIRED_ERRORS.filter((code) => Object.hasOwn(ERRORS, code)),
      [],
    );
  });

  it("X2 an error frame says whether to retry as the registry does", () => {
    assert.deepEqual(
      { ...errorFrame("rate_limited", { retryAfterMs: 40, ref: "a", room: "lobby" }) },
      {
        ...{ type: "error", code: "rate_limited", message: ERRORS.rate_limited.meaning, retry: true },
        ...{ retryAfterMs: 40, ref: "a", room: "lobby" },
      },
    );
    assert.equal(errorFrame("bad_frame", { message: "name: missing" }).message, "name: missing");
  });

  it("X5 close codes that are not listed are to be retried", () => {
    assert.equal(closeAction(1008), "stop");
    assert.equal(closeAction(1012), "retry");
    for (const code of [1005, 1015, 3000, 4999, Number.NaN]) assert.equal(closeAction(code), "retry");
  });
});
