import type { AppState } from "../state/app-state.ts";
import { useConnectionWords } from "./connection-words.ts";
import { done } from "./focus.ts";

/** Over the timeline, where something is not as it should be. The connection comes late: most losses are over in a moment. */
export function ConnectionPill({ app }: { app: AppState }) {
  const { tone, text, spoken = text, action } = useConnectionWords(app);
  const trouble = app.trouble.value;
  return (
    <div class="pills">
      <p class="hidden" role="status">
        {spoken}
      </p>
      <p class="hidden" role="status">
        {trouble}
      </p>
      {tone !== "good" && (
        <div class={`pill ${tone}`}>
          <span>{text}</span>
          {action === "connect" && (
            <button type="button" class="text-button" onClick={() => done(() => app.client.connect())}>
              Try now
            </button>
          )}
          {action === "reload" && <Reload />}
        </div>
      )}
      {app.isOutdated.value && (
        <div class="pill" role="status">
          <span>There is a newer version of this page.</span>
          <Reload />
        </div>
      )}
      {trouble !== undefined && (
        <div class="pill bad">
          <span>{trouble}</span>
          <button type="button" class="text-button" onClick={() => done(() => app.dismissTrouble())}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}

/** What is being written and what waits is there again afterwards. */
function Reload() {
  return (
    <button type="button" class="text-button" onClick={() => location.reload()}>
      Reload
    </button>
  );
}
