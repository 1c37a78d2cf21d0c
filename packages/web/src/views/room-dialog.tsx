import { useId, useRef, useState } from "preact/hooks";
import { addressOf } from "../state/route.ts";
import { Dialog } from "./dialog.tsx";

/** A room by its whole name, and its address for others. */
export function RoomDialog({ room, onClose }: { room: string; onClose: () => void }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [isCopied, setCopied] = useState(false);
  return (
    <Dialog title={`#${room}`} onClose={onClose}>
      <div class="setting">
        <label for={id}>Whoever opens this address is in:</label>
        <input ref={field} id={id} class="field" readOnly value={location.origin + addressOf(room)} />
      </div>
      <div class="form-foot end">
        <span class="small muted" role="status">
          {isCopied && "Copied."}
        </span>
        <button type="button" class="button" onClick={() => void copy(field.current!).then(setCopied)}>
          Copy the address
        </button>
        <button type="button" class="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

/** @returns whether it worked; where it did not, it is marked for one's own keys */
async function copy(field: HTMLInputElement): Promise<boolean> {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // Plain http:// has no clipboard but this one.
    return document.execCommand("copy");
  }
}
