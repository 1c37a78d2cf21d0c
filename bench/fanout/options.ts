import { parseArgs } from "node:util";
import { BenchError } from "./bench-error.ts";

export type Options = {
  /** Of each peer in each case, alternating. */
  readonly runs: number;
  /** Short runs that are not kept: to try whether everything works. */
  readonly isQuick: boolean;
  /** Starts of names; empty: all. */
  readonly cases: readonly string[];
  /** Names; empty: all that a case has. */
  readonly peers: readonly string[];
};

const USAGE = "npm run bench -- fanout [--quick] [--runs 5] [--case saturated-200] [--peers ours,bun]";

/** @throws {BenchError} for an option that there is not */
export function readOptions(args: readonly string[]): Options {
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
    return { runs, isQuick: values.quick, cases: namesIn(values.case), peers: namesIn(values.peers) };
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n${USAGE}`);
  }
}

function namesIn(lists: readonly string[]): string[] {
  return lists.flatMap((list) => list.split(",")).filter((name) => name !== "");
}
