import type { Output, Running } from "./start.ts";

/** Ctrl-C in a terminal reaches npm, which passes it on, and natter itself: two signals within a millisecond. */
const SAME_SIGNAL_MS = 500;
/** Nothing may hold up the end for longer, in ms. */
const PATIENCE_MS = 9_500;

/** SIGTERM and Ctrl-C say goodbye to everybody and end with exit code 0; a second one ends at once, with 1. */
export function stopOnSignals(server: Running, { print, log }: Output): void {
  let stoppingSince: number | undefined;

  const onSignal = (signal: string): void => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      print("Stopping …");
      void stop(signal);
    } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
      process.exit(1);
    }
  };

  const stop = async (signal: string): Promise<void> => {
    setTimeout(() => {
      log("stop_incomplete", { ms: PATIENCE_MS });
      process.exit(1);
    }, PATIENCE_MS).unref();
    await server.stop(signal);
    process.exit(0);
  };

  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

/** SIGHUP reads the certificate anew. Without TLS it does what it always did: a terminal that is closed ends natter. */
export function reloadOnSignal({ reload }: Running): void {
  if (reload !== undefined) process.on("SIGHUP", reload);
}
