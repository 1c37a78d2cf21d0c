import type { Completing } from "../state/completing.ts";
import { Avatar } from "./avatar.tsx";

/** People or emoji to choose from, over the field. */
export function CompletionList({ completing, onTake }: { completing: Completing; onTake: () => void }) {
  if (!completing.isOpen) return null;
  return (
    <div id="completions" class="completions" role="listbox" aria-label="Suggestions">
      {completing.offers.map((offer, index) => (
        <div
          key={offer.key}
          id={`completion-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === completing.active}
          class="completion"
          // Before the field loses the focus, and with it this list.
          onPointerDown={(event) => {
            event.preventDefault();
            completing.point(index);
            onTake();
          }}
        >
          {offer.emoji !== undefined && <span class="completion-emoji">{offer.emoji}</span>}
          {offer.person !== undefined && <Avatar person={offer.person} />}
          <bdi>{offer.label}</bdi>
        </div>
      ))}
    </div>
  );
}
