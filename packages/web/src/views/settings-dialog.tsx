import type { Signal } from "@preact/signals";
import { useId, useState } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import { chime } from "../state/chime.ts";
import { sentenceOf } from "../state/sentences.ts";
import { settings, type TellMe } from "../state/settings.ts";
import { Dialog } from "./dialog.tsx";
import { NameForm } from "./name-form.tsx";

/** One's name, and when one wants to be told of what is said. */
export function SettingsDialog({ app, onClose }: { app: AppState; onClose: () => void }) {
  const [error, setError] = useState<string>();
  const [refusal, setRefusal] = useState<string>();
  /** A name that is refused keeps the dialog open. */
  const finish = async (name: string): Promise<void> => {
    try {
      if (name !== app.name.value) await app.rename(name);
      onClose();
    } catch (reason) {
      setError(sentenceOf(reason));
    }
  };
  const askBrowser = async (wish: TellMe): Promise<void> => {
    setRefusal(wish === "nothing" ? undefined : await permission());
  };
  return (
    <Dialog title="Settings" onClose={onClose}>
      <NameForm name={app.name.value} label="Your name" error={error} onName={(name) => void finish(name)}>
        <hr />
        <p class="small muted">While you are looking at something else</p>
        <Wish label="Notifications" of={settings.desktop} onWish={(wish) => void askBrowser(wish)} />
        {refusal !== undefined && (
          <p class="problem" role="alert">
            {refusal}
          </p>
        )}
        <Wish label="Sounds" of={settings.sound} onWish={(wish) => wish !== "nothing" && chime()} />
        <hr />
        <Keys />
        <div class="form-foot end">
          <button type="submit" class="button primary">
            Done
          </button>
        </div>
      </NameForm>
    </Dialog>
  );
}

function Wish({ label, of, onWish }: { label: string; of: Signal<TellMe>; onWish: (wish: TellMe) => void }) {
  const id = useId();
  return (
    <div class="setting">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="field"
        value={of.value}
        onChange={(event) => {
          of.value = event.currentTarget.value as TellMe;
          onWish(of.value);
        }}
      >
        <option value="all">For every message</option>
        <option value="mentions">For messages that mention me</option>
        <option value="nothing">Off</option>
      </select>
    </div>
  );
}

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["Ctrl K", "any room, or a new one"],
  ["Alt ↑ ↓", "the room above, below"],
  ["Esc", "to the newest message"],
  ["Page ↑ ↓", "through what was said"],
  ["Tab", "to the messages: shows their times"],
  ["Shift Enter", "a new line"],
];

function Keys() {
  return (
    <details class="small">
      <summary>Keys</summary>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** Why the browser will show nothing; or nothing is in the way. */
async function permission(): Promise<string | undefined> {
  if (!("Notification" in globalThis)) {
    return "This browser shows notifications of pages at https:// or localhost only.";
  }
  const answer = await Notification.requestPermission();
  return answer === "granted"
    ? undefined
    : "This browser does not let the page: allow notifications in its settings.";
}
