import type { JoinedFrame, JoinFrame, ReceivedEvent, ResetFrame } from "@natter/protocol";

/** A place in a room's log, to come back to: everything up to `seq` is known. Store all of it, and only compare. */
export interface RoomPosition {
  readonly seq: number;
  readonly epoch: string;
  /** The id and the time of the event at `seq`, by which a log that was rolled back is told from this one (J7). */
  readonly last?: string | undefined;
  readonly lastAt?: number | undefined;
}

/** How a join goes on from what was held; `lost`: it does not, though no `reset` said so, as no sound server does. */
export type Rejoined = "begun" | "continued" | "lost";

/** What an event is to somebody who holds a position. */
export type Arrived =
  /** The next: it is taken. */
  | "next"
  /** Known already, or of a join that another one has replaced: it acknowledges at most (J8). */
  | "past"
  /** Something before it is missing (J9). */
  | "gap";

/** What a client holds of a room's log, and whether the server sends what follows it. */
export class Position {
  #held: RoomPosition | undefined;
  #join: "none" | "asked" | "joined" = "none";
  #wasReset = false;

  /** @param start where to begin; `undefined`: with what comes after the join */
  constructor(start?: RoomPosition) {
    this.#held = start;
  }

  get held(): RoomPosition | undefined {
    return this.#held;
  }

  /** `none`: to be joined. `asked`: never a second join before the answer (J8). */
  get join(): "none" | "asked" | "joined" {
    return this.#join;
  }

  /** The join that goes on where this client is. */
  ask(room: string): JoinFrame {
    this.#join = "asked";
    const { seq: since, ...known }: Partial<RoomPosition> = this.#held ?? {};
    // Whoever holds nothing has nothing to lose, by another epoch neither (J3).
    return { type: "join", room, since, ...(since === 0 ? {} : known) };
  }

  /** The connection is lost, or the join was refused, or it has to be done again. */
  unjoin(): void {
    this.#join = "none";
    this.#wasReset = false;
  }

  reset({ epoch, head: seq, last, lastAt }: ResetFrame): void {
    this.#held = { seq, epoch, last, lastAt };
    this.#wasReset = true;
    // One that nobody asked for is followed by its `joined` too (J5).
    this.#join = "asked";
  }

  joined({ epoch, head, first, last, lastAt }: JoinedFrame): Rejoined {
    const held = this.#held;
    const wasReset = this.#wasReset;
    this.#join = "joined";
    this.#wasReset = false;
    if (!wasReset && held?.seq === 0) this.#held = { seq: first - 1, epoch };
    else if (!wasReset && held?.epoch === epoch && held.seq <= head) return "continued";
    else this.#held = { seq: head, epoch, last, lastAt };
    return held === undefined || held.seq === 0 || wasReset ? "begun" : "lost";
  }

  event(event: ReceivedEvent): Arrived {
    const held = this.#held;
    if (!held || this.#join !== "joined" || event.seq <= held.seq) return "past";
    if (event.seq > held.seq + 1) return "gap";
    const { seq, id: last, at: lastAt } = event;
    this.#held = { seq, epoch: held.epoch, last, lastAt };
    return "next";
  }
}
