import { createHash, type Hash } from "node:crypto";

export interface MovedRoom {
  /** As the store names it in its own tables. */
  key: number;
  name: string;
  head: number;
  first: number;
  messages: number;
}

export type MovedEvent = [
  seq: number,
  messages: number,
  kind: string,
  id: string,
  sender: string,
  at: number | null,
  name: string | null,
  plain: boolean | null,
  text: string | null,
];

export interface Member {
  person: string;
  room: string;
  read: number;
}

/** What tells two logs apart: every value of every row, in an order that both have. */
export class Digest {
  readonly #hash: Hash = createHash("sha256");
  #rows = 0;

  add(row: readonly (string | number | boolean | null)[]): void {
    this.#hash.update(`${JSON.stringify(row)}\n`);
    this.#rows += 1;
  }

  /** May be asked once. */
  end(): string {
    return `${this.#rows} ${this.#hash.digest("hex")}`;
  }
}

/** A thousand at a time, each digested on its way. */
export function* inBatches<Row>(rows: Iterable<Row>): Iterable<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < 1_000) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
