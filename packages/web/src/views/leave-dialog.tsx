import type { AppState } from "../state/app-state.ts";
import { Dialog } from "./dialog.tsx";

/** Asked first, for it counts on all of a person's devices at once. */
export function LeaveDialog({ app, room, onClose }: { app: AppState; room: string; onClose: () => void }) {
  return (
    <Dialog title={`Leave #${room}?`} onClose={onClose}>
      <p class="muted">
        It goes from your list, here and wherever else you are. What was said stays, and you can come back at
        any time.
      </p>
      <div class="form-foot end">
        <button type="button" class="button" onClick={onClose}>
          Stay
        </button>
        <button
          type="button"
          class="button primary"
          onClick={() => {
            onClose();
            void app.leave(room);
          }}
        >
          Leave
        </button>
      </div>
    </Dialog>
  );
}
