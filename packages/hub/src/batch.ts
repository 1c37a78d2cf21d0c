/**
 * The frames that one room was given since they were last handed out, and who is to miss which of them: the one
 * a message must not be echoed to, and whoever joined when some were already waiting.
 *
 * Everybody else gets the very same joined bytes, however many frames and however many members.
 */
export class Batch<Member> {
  #parts: Buffer[] = [];
  /** Where each frame ends, in bytes. */
  #ends: number[] = [];
  /** For a member, the frames it misses: pairs of first and one past the last, ascending, never touching. */
  #missed: Map<Member, number[]> | undefined;

  get isEmpty(): boolean {
    return this.#ends.length === 0;
  }

  /** How many wait. */
  get frames(): number {
    return this.#ends.length;
  }

  add(parts: readonly Buffer[], except: Member | undefined): void {
    let end = this.#ends.at(-1) ?? 0;
    for (const part of parts) {
      this.#parts.push(part);
      end += part.length;
    }
    this.#ends.push(end);
    if (except !== undefined) this.#miss(except, this.#ends.length - 1);
  }

  /** A member that comes now misses what is waiting already. */
  skipWaiting(member: Member): void {
    if (!this.isEmpty) this.#missed = (this.#missed ?? new Map()).set(member, [0, this.#ends.length]);
  }

  /** Gives one member its bytes before the others, who have them when all are given theirs. */
  handOutTo(member: Member, give: (member: Member, bytes: Buffer) => void): void {
    if (this.isEmpty) return;
    for (const bytes of between(this.#join(), this.#ends, this.#missed?.get(member) ?? []))
      give(member, bytes);
    this.skipWaiting(member);
  }

  /** Gives each member its bytes, once, and starts over. Never the same memory again: a slow socket still holds it. */
  handOut(members: Iterable<Member>, give: (member: Member, bytes: Buffer) => void): void {
    const joined = this.#join();
    const missed = this.#missed;
    const ends = this.#ends;
    this.#parts = [];
    this.#ends = [];
    this.#missed = undefined;

    for (const member of members) {
      const gaps = missed?.get(member);
      if (gaps === undefined) give(member, joined);
      else for (const bytes of between(joined, ends, gaps)) give(member, bytes);
    }
  }

  /** Joined once, for all who are given theirs before something else is added. */
  #join(): Buffer {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts, this.#ends.at(-1) ?? 0)];
    return this.#parts[0]!;
  }

  #miss(member: Member, index: number): void {
    this.#missed ??= new Map();
    const gaps = this.#missed.get(member);
    if (gaps === undefined) this.#missed.set(member, [index, index + 1]);
    else if (gaps.at(-1) === index) gaps[gaps.length - 1] = index + 1;
    else gaps.push(index, index + 1);
  }
}

/** The stretches of `joined` around the gaps, as views of the same memory. */
function between(joined: Buffer, ends: readonly number[], gaps: readonly number[]): Buffer[] {
  const stretches: Buffer[] = [];
  const startOf = (index: number): number => (index === 0 ? 0 : ends[index - 1]!);
  let start = 0;
  for (let gap = 0; gap < gaps.length; gap += 2) {
    const end = startOf(gaps[gap]!);
    if (end > start) stretches.push(joined.subarray(start, end));
    start = startOf(gaps[gap + 1]!);
  }
  if (joined.length > start) stretches.push(joined.subarray(start));
  return stretches;
}
