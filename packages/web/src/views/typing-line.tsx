import type { RoomView } from "../state/room-view.ts";
import { shownName } from "../text/names.ts";

/** Who types. The line is always there, so that nothing moves when somebody begins. */
export function TypingLine({ view }: { view: RoomView }) {
  const names = view.typing.value.map(shownName);
  return (
    <p class="typing small muted" aria-live="off">
      {names.length > 0 && (
        <>
          <span class="typing-dots" aria-hidden="true" />
          {words(names)}
        </>
      )}
    </p>
  );
}

function words(names: readonly string[]): string {
  if (names.length === 1) return `${names[0]} is typing`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing`;
  return `${names.length} people are typing`;
}
