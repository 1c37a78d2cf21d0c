import type { AppState } from "../state/app-state.ts";
import { sentenceFor } from "../state/sentences.ts";
import { Dialog } from "./dialog.tsx";
import { NameForm } from "./name-form.tsx";

/** The server does not take the name: nothing goes on without another. */
export function NameRefused({ app }: { app: AppState }) {
  return (
    <Dialog title="Another name, please" onClose={() => {}}>
      <NameForm
        name={app.name.value}
        label="Your name"
        error={sentenceFor("bad_name")}
        onName={(name) => void app.rename(name).catch(() => {})}
      >
        <button type="submit" class="button primary">
          Use this name
        </button>
      </NameForm>
    </Dialog>
  );
}
