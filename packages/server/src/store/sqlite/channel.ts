import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { StoreError } from "../errors.ts";
import type { Outcome, WorkerReply, WorkerStart } from "./messages.ts";

/** After a worker died, the next one is started by the next call, but no sooner than this. */
const RESTART_EVERY_MS = 100;

export interface ChannelOptions {
  start: Omit<WorkerStart, "again">;
  /** Calls of this much weight go to the worker together: how long a group may take. */
  maxGroupWeight: number;
  /**
   * With more than this waiting, calls are refused (`unavailable`): it bounds the memory of a stalled disk.
   */
  maxWaitingWeight: number;
  /** What waits when it is closed is refused (`closed`), not done: whoever closes does not wait for it. Default: false. */
  dropsOnClose?: boolean;
  /** Default: the worker beside this file. Tests keep hold of it, to end it. */
  startWorker?: (start: WorkerStart) => Worker;
}

/** One worker and the calls to it. `Results` names the result of each call by its `call`. */
export interface Channel<Call extends { call: string }, Results extends Record<Call["call"], unknown>> {
  readonly epoch: string;
  /** `weight`: how much work it is, 1 for a plain call. */
  send<C extends Call>(call: C, weight?: number): Promise<Results[C["call"]]>;
  /**
   * Refuses what is sent from now on and finishes what was sent before (or the group under way alone, see
   * `dropsOnClose`); the worker ends, but not before `after`.
   */
  close(after?: Promise<void>): Promise<void>;
}

interface Waiting<Call> {
  call: Call;
  weight: number;
  resolve(value: unknown): void;
  reject(error: StoreError): void;
}

type State<Call> =
  | { is: "starting"; worker: Worker }
  | { is: "idle"; worker: Worker }
  | { is: "busy"; worker: Worker; group: Waiting<Call>[] }
  | { is: "down"; notBefore: number };

/**
 * Starts the worker and resolves once it is open; rejects with what kept it from opening.
 *
 * All calls of one turn of the event loop, and all that arrive while the worker is busy, go to it in one
 * message: that is what makes a group of them one transaction. A worker that dies fails everything that
 * waits (`unavailable`, outcome unknown), and the next call starts another.
 */
export async function openChannel<
  Call extends { call: string },
  Results extends Record<Call["call"], unknown>,
>(options: ChannelOptions): Promise<Channel<Call, Results>> {
  const {
    start,
    maxGroupWeight,
    maxWaitingWeight,
    dropsOnClose = false,
    startWorker = startStoreWorker,
  } = options;
  const opened = Promise.withResolvers<string>();
  let queue: Waiting<Call>[] = [];
  let waitingWeight = 0;
  let pumpPlanned = false;
  let closing: PromiseWithResolvers<void> | undefined;
  let mayEnd = false;
  let state: State<Call> = { is: "starting", worker: launch(false) };

  function launch(again: boolean): Worker {
    const worker = startWorker({ ...start, again });
    // A worker that is no longer ours may still speak; it is not listened to.
    const ours = () => state.is !== "down" && state.worker === worker;
    worker.on("message", (reply: WorkerReply) => ours() && onReply(worker, reply));
    worker.on(
      "error",
      (error) => ours() && onDeath(new StoreError("unavailable", gone(error), { cause: error })),
    );
    worker.on("exit", () => ours() && onDeath(new StoreError("unavailable", gone())));
    return worker;
  }

  function onReply(worker: Worker, reply: WorkerReply): void {
    if (!Array.isArray(reply)) {
      opened.resolve(reply.epoch);
      state = { is: "idle", worker };
      pump();
    } else if (state.is === "starting") {
      onDeath(errorOf(reply[0]));
    } else if (state.is === "busy") {
      const { group } = state;
      state = { is: "idle", worker };
      // First the next group, then the answers: the disk works while the answers are handled.
      pump();
      group.forEach((waiting, i) => {
        settle(waiting, reply[i]);
      });
    }
  }

  function onDeath(error: StoreError): void {
    const lost = state.is === "busy" ? [...state.group, ...queue] : queue;
    state = { is: "down", notBefore: performance.now() + RESTART_EVERY_MS };
    queue = [];
    waitingWeight = 0;
    opened.reject(error);
    for (const { reject } of lost) reject(error);
    closing?.resolve();
  }

  function plan(): void {
    if (pumpPlanned || state.is !== "idle") return;
    pumpPlanned = true;
    // After everything this turn of the loop still has to read from its sockets.
    setImmediate(() => {
      pumpPlanned = false;
      pump();
    });
  }

  function pump(): void {
    if (state.is !== "idle") return;
    const { worker } = state;
    if (queue.length === 0) {
      if (mayEnd) worker.postMessage(null);
      return;
    }
    const group = takeGroup();
    state = { is: "busy", worker, group };
    worker.postMessage(group.map(({ call }) => call));
  }

  function takeGroup(): Waiting<Call>[] {
    let weight = 0;
    const end = queue.findIndex((waiting, i) => {
      weight += waiting.weight;
      return i > 0 && weight > maxGroupWeight;
    });
    const group = end === -1 ? queue : queue.slice(0, end);
    queue = end === -1 ? [] : queue.slice(end);
    for (const waiting of group) waitingWeight -= waiting.weight;
    return group;
  }

  function dropWaiting(): void {
    const dropped = queue;
    queue = [];
    waitingWeight = 0;
    for (const { reject } of dropped) reject(isClosed());
  }

  /** Why a call cannot even wait, if so. Starts a new worker where one is due. */
  function refusal(): StoreError | undefined {
    if (closing !== undefined) return isClosed();
    if (waitingWeight >= maxWaitingWeight)
      return new StoreError("unavailable", "The store has too much to do.");
    if (state.is !== "down") return undefined;
    if (performance.now() < state.notBefore)
      return new StoreError("unavailable", "The store is starting again.");
    state = { is: "starting", worker: launch(true) };
    return undefined;
  }

  const epoch = await opened.promise;

  return {
    epoch,
    send<C extends Call>(call: C, weight = 1) {
      return new Promise<Results[C["call"]]>((resolve, reject) => {
        const error = refusal();
        if (error !== undefined) return reject(error);
        waitingWeight += weight;
        queue.push({ call, weight, resolve: resolve as (value: unknown) => void, reject });
        plan();
      });
    },
    async close(after) {
      closing ??= Promise.withResolvers<void>();
      if (dropsOnClose) dropWaiting();
      await after;
      mayEnd = true;
      if (state.is === "down") closing.resolve();
      else plan();
      return closing.promise;
    },
  };
}

export function isClosed(): StoreError {
  return new StoreError("closed", "The store is closed.");
}

function settle<Call>({ resolve, reject }: Waiting<Call>, outcome: Outcome | undefined): void {
  if (outcome !== undefined && "value" in outcome) resolve(outcome.value);
  else reject(errorOf(outcome));
}

function errorOf(outcome: Outcome | undefined): StoreError {
  if (outcome !== undefined && "failed" in outcome) return new StoreError(outcome.failed, outcome.message);
  return new StoreError("unavailable", "The store gave no answer.");
}

function gone(error?: unknown): string {
  return error instanceof Error ? `The store's thread died: ${error.message}.` : "The store's thread ended.";
}

/** `.ts` in the source, `.js` once built: the compiler does not rewrite this name. */
function startStoreWorker(start: WorkerStart): Worker {
  const extension = extname(import.meta.url);
  // Without the options of this process: some (--input-type, --watch) make no sense for a worker and stop it.
  return new Worker(new URL(`./worker${extension}`, import.meta.url), { workerData: start, execArgv: [] });
}
