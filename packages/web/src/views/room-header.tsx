import type { Signal } from "@preact/signals";
import type { AppState } from "../state/app-state.ts";
import type { Overlay } from "../state/overlay.ts";
import type { RoomView } from "../state/room-view.ts";
import { Icon } from "./icons.tsx";

export function RoomHeader({
  app,
  view,
  overlay,
}: {
  app: AppState;
  view: RoomView;
  overlay: Signal<Overlay>;
}) {
  const { count } = view.entry.people.value;
  const unreadElsewhere = app.rooms.unread.value - view.entry.unread.value;
  const toggle = (which: "rooms" | "people"): void => {
    overlay.value = overlay.value === which ? undefined : which;
  };
  return (
    <header class="room-header">
      <button
        type="button"
        class="icon-button only-narrow"
        aria-label={unreadElsewhere > 0 ? `Rooms, ${unreadElsewhere} unread` : "Rooms"}
        aria-expanded={overlay.value === "rooms"}
        onClick={() => toggle("rooms")}
      >
        <Icon of="menu" />
        {unreadElsewhere > 0 && <span class="dot" />}
      </button>
      <h1 class="room-heading">
        <button
          type="button"
          class="room-title"
          title={`#${view.entry.name}: its address …`}
          aria-haspopup="dialog"
          onClick={() => {
            overlay.value = "room";
          }}
        >
          <span class="hash" aria-hidden="true">
            #
          </span>
          <bdi>{view.entry.name}</bdi>
        </button>
      </h1>
      {app.rooms.sorted.value.length > 1 && (
        <button
          type="button"
          class="icon-button"
          aria-label="Leave this room"
          title="Leave this room …"
          onClick={() => {
            overlay.value = "leave";
          }}
        >
          <Icon of="leave" />
        </button>
      )}
      <button
        type="button"
        class="icon-button not-wide"
        aria-label={`People here: ${count}`}
        aria-expanded={overlay.value === "people"}
        onClick={() => toggle("people")}
      >
        <Icon of="people" />
        <span aria-hidden="true">{count}</span>
      </button>
    </header>
  );
}
