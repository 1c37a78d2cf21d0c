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
  const [saved, setSaved] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const rename = async (name: string): Promise<void> => {
    try {
      await app.rename(name);
      setError(undefined);
      setSaved(true);
    } catch (reason) {
      setError(sentenceOf(reason));
    }
  };
  const askBrowser = async (wish: TellMe): Promise<void> => {
    setRefusal(wish === "nothing" ? undefined : await permission());
  };
  return (
    <Dialog title="Settings" onClose={onClose}>
      <NameForm name={app.name.value} label="Your name" error={error} onName={(name) => void rename(name)}>
        <div class="form-foot">
          <button type="submit" class="button">
            Change name
          </button>
          <span role="status" class="small muted">
            {saved && "Changed."}
          </span>
        </div>
      </NameForm>
      <hr />
      <p class="small muted">While you are looking at something else, tell me</p>
      <Wish
        label="with a notification about"
        of={settings.desktop}
        onWish={(wish) => void askBrowser(wish)}
      />
      {refusal !== undefined && (
        <p class="problem" role="alert">
          {refusal}
        </p>
      )}
      <Wish label="with a sound about" of={settings.sound} onWish={(wish) => wish !== "nothing" && chime()} />
      <div class="form-foot end">
        <button type="button" class="button primary" onClick={onClose}>
          Done
        </button>
      </div>
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
        <option value="all">every message</option>
        <option value="mentions">messages that mention me</option>
        <option value="nothing">nothing</option>
      </select>
    </div>
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
