import type { AppState } from "../state/app-state.ts";
import { useConnectionWords } from "./connection-words.ts";

/** Over the timeline, where the connection is not as it should be. It comes late: most losses are over in a moment. */
export function ConnectionPill({ app }: { app: AppState }) {
  const { tone, text, spoken = text, action } = useConnectionWords(app);
  const trouble = app.trouble.value;
  return (
    <div class="pills">
      <p class="hidden" role="status">
        {spoken}
      </p>
      {tone !== "good" && (
        <div class={`pill ${tone}`}>
          <span>{text}</span>
          {action === "connect" && (
            <button type="button" class="text-button" onClick={() => app.client.connect()}>
              Try now
            </button>
          )}
          {action === "reload" && (
            <button type="button" class="text-button" onClick={() => location.reload()}>
              Reload
            </button>
          )}
        </div>
      )}
      {trouble !== undefined && (
        <div class="pill bad">
          <span>{trouble}</span>
          <button type="button" class="text-button" onClick={() => app.dismissTrouble()}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
