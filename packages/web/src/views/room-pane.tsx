import type { Signal } from "@preact/signals";
import type { AppState } from "../state/app-state.ts";
import type { Overlay } from "../state/overlay.ts";
import type { RoomView } from "../state/room-view.ts";
import { Composer } from "./composer.tsx";
import { ConnectionPill } from "./connection-pill.tsx";
import { PeoplePanel } from "./people-panel.tsx";
import { RoomHeader } from "./room-header.tsx";
import { RoomRefused } from "./room-refused.tsx";
import { TimelinePane } from "./timeline-pane.tsx";
import { TypingLine } from "./typing-line.tsx";

/** The open room: what is said, who is there, and where to write. */
export function RoomPane({
  app,
  view,
  overlay,
}: {
  app: AppState;
  view: RoomView;
  overlay: Signal<Overlay>;
}) {
  const state = view.entry.state.value;
  return (
    <>
      <main class="room">
        <RoomHeader app={app} view={view} overlay={overlay} />
        <div class="room-body">
          <ConnectionPill app={app} />
          {state.kind === "refused" ? (
            <RoomRefused app={app} view={view} error={state.error} />
          ) : (
            <TimelinePane app={app} view={view} />
          )}
        </div>
        {state.kind !== "refused" && (
          <div class="room-foot">
            <TypingLine view={view} />
            <Composer app={app} view={view} />
          </div>
        )}
      </main>
      {state.kind !== "refused" && <PeoplePanel app={app} view={view} />}
    </>
  );
}
