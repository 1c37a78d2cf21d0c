import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpHref, isRoomOf, misleads, urlAt } from "./links.ts";

describe("an address in a text", () => {
  it("ends before the punctuation of its sentence, in any script, and keeps its own brackets", () => {
    const ends: Record<string, string> = {
      "https://a.example/b.": "https://a.example/b",
      "https://a.example/b?!…)»": "https://a.example/b",
      "https://a.example/b_(c))": "https://a.example/b_(c)",
      "https://a.example/b）。": "https://a.example/b",
      "HTTPS://a.example/?q=[1]&r=2;": "HTTPS://a.example/?q=[1]&r=2",
      "http://localhost:3000 x": "http://localhost:3000",
      "www.a.example,": "www.a.example",
      "https://münchen.example/straße": "https://münchen.example/straße",
      'https://a.example"': "https://a.example",
    };
    for (const [text, url] of Object.entries(ends)) assert.equal(urlAt(text), url, text);
  });

  it("is none without a host, or where something turns it around", () => {
    for (const text of [
      "https://",
      "http://.",
      "www.",
      "www.a",
      "https:///a",
      "https://[",
      "https://a.example/\u202ea",
    ]) {
      assert.equal(urlAt(text), undefined, text);
    }
  });

  it("leads to the web only", () => {
    for (const href of [
      "javascript:x",
      " https://a.example",
      "https://a .example",
      "//a.example",
      "/r/x",
      "https:a",
      "http://\n",
    ]) {
      assert.equal(httpHref(href), undefined, href);
    }
    assert.equal(httpHref("HTTP://a.example"), "HTTP://a.example");
  });

  it("misleads where the label is an address of another host", () => {
    assert.ok(misleads("https://bank.example/", "https://evil.example/"));
    assert.ok(misleads("see WWW.bank.example", "https://evil.example/"));
    assert.ok(misleads("https://bank.example", "https://bank.example@evil.example"));
    assert.ok(!misleads("https://Bank.example/in", "https://www.bank.example/out"));
    assert.ok(!misleads("the bank", "https://evil.example/"));
  });

  it("is a room's where it is of this very page", () => {
    const origin = "https://chat.example";
    assert.ok(isRoomOf(origin, "https://chat.example/r/team"));
    assert.ok(isRoomOf(origin, "https://chat.example/#/team"));
    for (const href of [
      "https://chat.example:8000/r/a",
      "http://chat.example/r/a",
      "https://chat.example/x",
      "https://chat.example/r/a/b",
    ]) {
      assert.ok(!isRoomOf(origin, href), href);
    }
  });
});
