import type { Output, Running } from "./start.ts";

/** Ctrl-C in a terminal reaches npm, which passes it on, and natter itself: two signals within a millisecond. */
const SAME_SIGNAL_MS = 500;
/** Nothing may hold up the end for longer, in ms. */
const PATIENCE_MS = 4_500;

/** SIGTERM and Ctrl-C say goodbye to everybody and end with exit code 0; a second one ends at once, with 1. */
export function stopOnSignals(server: Running, { print, warn }: Output): void {
  let stoppingSince: number | undefined;

  const onSignal = (): void => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      print("Stopping …");
      void stop();
    } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
      process.exit(1);
    }
  };

  const stop = async (): Promise<void> => {
    setTimeout(() => {
      warn("natter: not everything could be closed in time.");
      process.exit(1);
    }, PATIENCE_MS).unref();
    await server.stop();
    process.exit(0);
  };

  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
