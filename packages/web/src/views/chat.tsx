import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import type { Overlay } from "../state/overlay.ts";
import { Announcer } from "./announcer.tsx";
import { useDrawers } from "./focus.ts";
import { LeaveDialog } from "./leave-dialog.tsx";
import { NameRefused } from "./name-refused.tsx";
import { NoRoom } from "./no-room.tsx";
import { RoomDialog } from "./room-dialog.tsx";
import { RoomPane } from "./room-pane.tsx";
import { SettingsDialog } from "./settings-dialog.tsx";
import { Sidebar } from "./sidebar.tsx";
import { Switcher } from "./switcher.tsx";

/** The chat: rooms on one side, the open room, and who is there on the other. On a phone the sides slide in. */
export function Chat({ app }: { app: AppState }) {
  const overlay = useSignal<Overlay>(undefined);
  const close = (): void => {
    overlay.value = undefined;
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        overlay.value = overlay.value === "switcher" ? undefined : "switcher";
      } else if (
        event.altKey &&
        !isBehindDialog() &&
        (event.key === "ArrowUp" || event.key === "ArrowDown")
      ) {
        event.preventDefault();
        goBeside(app, event.key === "ArrowUp" ? -1 : 1);
      } else if (event.key === "Escape" && (overlay.value === "rooms" || overlay.value === "people")) {
        close();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  const box = useRef<HTMLDivElement>(null);
  useDrawers(overlay, box);
  const view = app.view.value;
  const canWrite = view !== undefined && view.entry.state.value.kind !== "refused";
  const isNameRefused = app.connection.value.kind === "refused" && isAboutName(app);
  return (
    <div
      ref={box}
      class={`chat ${overlay.value === "rooms" ? "show-rooms" : ""} ${overlay.value === "people" ? "show-people" : ""}`}
    >
      {canWrite && (
        <a class="skip-link" href="#composer">
          Skip to writing a message
        </a>
      )}
      <Sidebar app={app} overlay={overlay} />
      {view === undefined ? (
        <NoRoom app={app} />
      ) : (
        <RoomPane key={view} app={app} view={view} overlay={overlay} />
      )}
      <button type="button" class="scrim" tabIndex={-1} aria-label="Close" onClick={close} />
      {overlay.value === "switcher" && <Switcher app={app} onClose={close} />}
      {overlay.value === "settings" && <SettingsDialog app={app} onClose={close} />}
      {overlay.value === "room" && view !== undefined && (
        <RoomDialog room={view.entry.name} onClose={close} />
      )}
      {overlay.value === "leave" && view !== undefined && (
        <LeaveDialog app={app} room={view.entry.name} onClose={close} />
      )}
      {isNameRefused && <NameRefused app={app} />}
      {view !== undefined && <Announcer key={view} app={app} view={view} />}
    </div>
  );
}

function isBehindDialog(): boolean {
  return document.querySelector("dialog") !== null;
}

function isAboutName(app: AppState): boolean {
  const state = app.connection.value;
  return (
    state.kind === "refused" && state.loss.kind === "hello refused" && state.loss.error.code === "bad_name"
  );
}

function goBeside(app: AppState, step: 1 | -1): void {
  const names = app.rooms.sorted.value.map(({ name }) => name);
  const at = names.indexOf(app.view.value?.entry.name ?? "");
  const next = names[(at + step + names.length) % names.length];
  if (next !== undefined) app.route.go(next);
}
