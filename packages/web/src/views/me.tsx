import type { AppState } from "../state/app-state.ts";
import { Avatar } from "./avatar.tsx";
import { useConnectionWords } from "./connection-words.ts";
import { Icon } from "./icons.tsx";

/** Oneself: the name, the state of the connection, the way to the settings. */
export function Me({ app, onSettings }: { app: AppState; onSettings: () => void }) {
  const { tone, text } = useConnectionWords(app);
  const isFine = tone === "good" || app.connection.value.kind === "connecting";
  const name = app.name.value;
  return (
    <footer class="me">
      <Avatar person={{ id: app.client.you?.id ?? "", name }} />
      <div class="me-words">
        <strong class="me-name">
          <bdi>{name}</bdi>
        </strong>
        <span class={`small state ${tone}`}>{isFine ? text : "Not connected"}</span>
      </div>
      <button type="button" class="icon-button" aria-label="Settings" title="Settings" onClick={onSettings}>
        <Icon of="settings" />
      </button>
    </footer>
  );
}
