import assert from "node:assert/strict";
import { it } from "node:test";
import type { EventFrame } from "@natter/client";
import { KnownPeople } from "./known-people.ts";

const said = (seq: number, name: string, id = "bob"): EventFrame => ({
  type: "event",
  kind: "message",
  room: "lobby",
  seq,
  id: `message-${seq}`,
  at: seq,
  from: { id, name },
  text: "",
});

it("of somebody's names the newest is known, in whatever order they come", () => {
  const people = new KnownPeople();
  const names = () => people.known.value.map(({ name }) => name);
  people.add([{ id: "bob", name: "Robert" }], 12);
  assert.deepEqual(names(), ["Robert"]);
  const page = [said(10, "Bobby"), said(11, "Bob"), said(12, "Bob")];
  people.addAuthors(page);
  assert.deepEqual(names(), ["Robert"], "who is here is called so now");
  const live = [...page, said(13, "Roberta"), said(14, "Rob")];
  people.addAuthors(live);
  assert.deepEqual(names(), ["Rob"], "the last of several that come at once");
  people.addAuthors([said(8, "Bert"), said(9, "Berta"), ...live]);
  assert.deepEqual(names(), ["Rob"], "older pages are older");
  people.addAuthors([
    said(6, "Annie", "ann"),
    said(7, "Anna", "ann"),
    said(8, "Bert"),
    said(9, "Berta"),
    ...live,
  ]);
  assert.deepEqual(names(), ["Rob", "Anna"]);
  people.add([{ id: "bob", name: "Bob again" }], 14);
  assert.deepEqual(names().sort(), ["Anna", "Bob again"]);
});
