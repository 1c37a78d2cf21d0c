import { parseArgs } from "node:util";
import { BenchError } from "./bench-error.ts";

export type Options = {
  /** Of each peer in each case, alternating. */
  readonly runs: number;
  /** Short runs that are not kept: to try whether everything works. */
  readonly isQuick: boolean;
  /** Names of cases. */
  readonly cases: readonly string[];
  /** Names; empty: all that a case has. */
  readonly peers: readonly string[];
};

const USAGE = "npm run bench -- BENCHMARK [--quick] [--runs 5] [--case START_OF_A_NAME] [--peers ours,bun]";

/**
 * @param known the cases by name: the start of a name is enough, and without any, it is all
 * @throws {BenchError} for an option or a case that there is not
 */
export function readOptions(args: readonly string[], known: Readonly<Record<string, unknown>> = {}): Options {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: "string" },
        quick: { type: "boolean", default: false },
        case: { type: "string", multiple: true, default: [] },
        peers: { type: "string", multiple: true, default: [] },
      },
    });
    const runs = Number(values.runs ?? process.env.BENCH_RUNS ?? (values.quick ? 1 : 5));
    if (!Number.isInteger(runs) || runs < 1) throw new BenchError("--runs takes a whole number from 1.");
    const cases = casesNamed(namesIn(values.case), Object.keys(known));
    return { runs, isQuick: values.quick, cases, peers: namesIn(values.peers) };
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n${USAGE}`);
  }
}

function casesNamed(starts: readonly string[], known: readonly string[]): readonly string[] {
  if (starts.length === 0) return known;
  const strange = starts.filter((start) => !known.some((name) => name.startsWith(start)));
  if (strange.length === 0) return known.filter((name) => starts.some((start) => name.startsWith(start)));
  throw new BenchError(`There is no case ${strange.join(", ")}: there are ${known.join(", ") || "none"}.`);
}

function namesIn(lists: readonly string[]): string[] {
  return lists.flatMap((list) => list.split(",")).filter((name) => name !== "");
}
