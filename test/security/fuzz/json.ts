// Messages for the fuzzer: frames of natter.v1 that are valid, almost valid, and hostile.

import type { Random } from "../../../packages/server/src/simulation/random.ts";

/** Texts that have tripped somebody up, as they stand in JSON source, without quotes. */
const TRAPS = [
  ...[
    "",
    " ",
    "\\u0000",
    "\\ud800",
    "\\udfff\\ud800",
    "\\u001b[31m",
    "\\n",
    "\\r\\n",
    "\\u2028",
    "\\u202e",
    "\\u200b",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "lobby",
    "..",
    "../..",
    "%2e",
    "a/b",
    "A",
    "İ",
    "ß",
  ],
  ...[
    "3",
    "３",
    "³",
    "3) : bye (",
    "\\nClient (3) : bye",
    "a\\u0301\\u0301\\u0301\\u0301",
    "\\u0301",
    "\\ufeff",
    "\\uffff",
    "😀",
    "ﷺ",
  ],
  ...[
    "<svg onload=alert(1)>",
    "javascript:alert(1)",
    "'; DROP TABLE events; --",
    "{{7*7}}",
    "\\u00e9",
    "\\t",
  ],
];

/** Values of any type but the right one, as JSON source. */
const VALUES = [
  ...[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e999",
    "-1e999",
    "9007199254740991",
    "9007199254740992",
  ],
  ...[
    "9007199254740993",
    "1e308",
    "[]",
    "{}",
    "[[]]",
    '{"__proto__":{"a":1}}',
    '""',
    '"\\ud800"',
    "[null]",
    "201",
  ],
];

/** What is no JSON at all, or hardly. */
const GARBAGE = [
  "",
  " ",
  "{",
  "}",
  "[",
  "]",
  '"',
  "\\",
  "nul",
  "NaN",
  "undefined",
  "{}}",
  "{,}",
  "'a'",
  "\u0000",
  "\ufeff{}",
  "//",
];

export class Messages {
  readonly #random: Random;
  readonly #room: string;
  #count = 0;
  readonly #tag: string;

  /** @param tag makes ids that nobody else makes */
  constructor(random: Random, room: string, tag: string) {
    this.#random = random;
    this.#room = room;
    this.#tag = tag;
  }

  /** One message: a frame in half of the cases, one with something wrong in most others, and now and then garbage. */
  next(): string {
    const kind = this.#random.next();
    if (kind < 0.45) return this.#sound();
    if (kind < 0.75) return this.#almost();
    if (kind < 0.9) return this.#mutated(this.#sound());
    return this.#hostile();
  }

  #sound(): string {
    return `{${this.#fields()
      .map(([name, value]) => `"${name}":${value}`)
      .join(",")}}`;
  }

  #fields(): [string, string][] {
    const room: [string, string] = ["room", JSON.stringify(this.#room)];
    const id: [string, string] = ["id", `"${this.#tag}-${this.#random.chance(0.2) ? 1 : ++this.#count}"`];
    const ref: [string, string] = ["ref", `"r${++this.#count}"`];
    const number = (most: number): string => `${Math.floor(this.#random.next() * most)}`;
    const typed = (type: string, ...fields: [string, string][]): [string, string][] => [
      ["type", `"${type}"`],
      ...fields,
    ];
    return this.#random.pick<() => [string, string][]>([
      () => typed("send", room, id, ["text", `"text ${this.#count}"`]),
      () => typed("send", room, id, ["text", `"${this.#trap()}${this.#trap()}"`]),
      () => typed("send", room, id, ["text", `"${"x".repeat(Number(number(9_000)))}"`]),
      () => typed("send", room, id, ["text", `"${this.#trap().repeat(Number(number(1_000)))}x"`]),
      () => typed("join", room),
      () =>
        typed("join", room, ["since", number(3)], ["epoch", '"e"'], ["last", '"a"'], ["lastAt", number(9)]),
      () => typed("leave", room),
      () => typed("skip", room, id),
      () => typed("history", room, ["limit", number(210)], ["before", number(50)], ref),
      () => typed("history", room, ["limit", "5"], ["after", number(50)], ref),
      () => typed("read", room, ["seq", number(20)]),
      () => typed("typing", room),
      () => typed("ping", ref),
      () => typed("rename", ["name", `"${this.#trap()}Ada${this.#trap()}"`]),
      () => typed("rooms", ref),
      () => typed("hello", ["name", '"Eve"']),
      () => typed("hello", ["name", `"${this.#trap()}"`], ["session", `"${"s".repeat(43)}"`]),
    ])();
  }

  /** One field is of another type, missing, twice, hostile, or much too long. */
  #almost(): string {
    const fields = this.#fields();
    const index = Math.floor(this.#random.next() * fields.length);
    const field = fields[index]!;
    this.#random.pick<() => void>([
      () => fields.splice(index, 1),
      () => fields.push([field[0], this.#random.pick(VALUES)]),
      () => (field[1] = this.#random.pick(VALUES)),
      () => (field[1] = `"${this.#trap()}"`),
      () => (field[1] = `"${this.#trap().repeat(1 + Math.floor(this.#random.next() * 80))}"`),
      () => (field[0] = this.#trap()),
      () => fields.push(["__proto__", '{"type":"ping"}'], ["extra", this.#random.pick(VALUES)]),
    ])();
    return `{${fields.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
  }

  #mutated(text: string): string {
    let mutated = text;
    for (let times = 1 + Math.floor(this.#random.next() * 4); times > 0; times--) {
      const at = Math.floor(this.#random.next() * (mutated.length + 1));
      const gone = this.#random.chance(0.5) ? Math.floor(this.#random.next() * 6) : 0;
      const put = this.#random.pick([...GARBAGE, ...VALUES, this.#trap(), ""]);
      mutated = mutated.slice(0, at) + put + mutated.slice(at + gone);
    }
    return mutated;
  }

  #hostile(): string {
    const times = 1 + Math.floor(this.#random.next() * 10_000);
    return this.#random.pick<() => string>([
      () => this.#random.pick(GARBAGE),
      () => this.#random.pick(VALUES),
      () => "[".repeat(times),
      () => '{"a":'.repeat(times),
      () => `{"type":${"[".repeat(times)}${"]".repeat(times)}}`,
      () => `{"type":"send","room":"${this.#room}","id":"a","text":"${"\\u0041".repeat(times)}"}`,
      () => `{"type":"ping","ref":"${"a".repeat(times)}"}`,
      () => `{${Array.from({ length: times / 10 }, (_, n) => `"k${n}":1`).join(",")}}`,
      () => `{"type":"hello","name":"${"\\u200b".repeat(times / 2)}"}`,
      () => " ".repeat(times),
      () => this.#random.pick(TRAPS).repeat(times / 10),
    ])();
  }

  #trap(): string {
    return this.#random.pick(TRAPS);
  }
}
