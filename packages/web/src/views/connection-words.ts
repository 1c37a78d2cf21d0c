import { useEffect, useState } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import { type ConnectionWords, connectionWords } from "../state/sentences.ts";

/** The connection in words, counted down while it waits. */
export function useConnectionWords(app: AppState): ConnectionWords {
  const state = app.connection.value;
  const [, tick] = useState(0);
  useEffect(() => {
    if (state.kind !== "waiting") return;
    const timer = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(timer);
  }, [state]);
  return connectionWords(state, Date.now());
}
