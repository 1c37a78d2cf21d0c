import type { Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import type { Overlay } from "../state/overlay.ts";
import type { RoomEntry } from "../state/room-entry.ts";
import { addressOf } from "../state/route.ts";
import { shownName } from "../text/names.ts";
import { Icon } from "./icons.tsx";
import { Me } from "./me.tsx";
import { UnreadBeyond } from "./unread-beyond.tsx";

/** The rooms that one is in, and oneself. */
export function Sidebar({ app, overlay }: { app: AppState; overlay: Signal<Overlay> }) {
  const current = app.view.value?.entry.name;
  const list = useRef<HTMLUListElement>(null);
  const isMac = navigator.platform.startsWith("Mac");
  return (
    <nav class="sidebar" aria-label="Rooms" tabIndex={-1}>
      <header class="sidebar-head">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <span class="brand">natter</span>
      </header>
      <button type="button" class="switch" onClick={() => (overlay.value = "switcher")}>
        <Icon of="search" />
        <span>Find or make a room</span>
        <kbd>{isMac ? "⌘" : "Ctrl"} K</kbd>
      </button>
      <div class="room-list-box">
        <ul ref={list} class="room-list">
          {app.rooms.sorted.value.map((entry) => (
            <RoomLink
              key={entry.name}
              entry={entry}
              isCurrent={entry.name === current}
              onOpen={() => {
                app.route.go(entry.name);
                overlay.value = undefined;
              }}
            />
          ))}
          {app.rooms.others.value.map((name) => (
            <li key={name}>
              <a class="room-link" href={addressOf(name)} onClick={() => (overlay.value = undefined)}>
                <span class="hash" aria-hidden="true">
                  #
                </span>
                <bdi class="room-name">{name}</bdi>
              </a>
            </li>
          ))}
        </ul>
        <UnreadBeyond rooms={app.rooms} list={list} />
      </div>
      <Me app={app} onSettings={() => (overlay.value = "settings")} />
    </nav>
  );
}

function RoomLink({
  entry,
  isCurrent,
  onOpen,
}: {
  entry: RoomEntry;
  isCurrent: boolean;
  onOpen: () => void;
}) {
  const { count, list } = entry.people.value;
  const unread = entry.unread.value;
  const isMentioned = entry.isMentioned.value;
  const item = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (isCurrent) item.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  return (
    <li ref={item}>
      <a
        class={`room-link${unread > 0 ? " has-unread" : ""}`}
        href={addressOf(entry.name)}
        aria-current={isCurrent ? "page" : undefined}
        title={list === undefined ? entry.name : `${entry.name}: ${list.map(shownName).join(", ")}`}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onOpen();
        }}
      >
        <span class="hash" aria-hidden="true">
          #
        </span>
        <bdi class="room-name">{entry.name}</bdi>
        {count > 1 && (
          <span class="here">
            {count}
            <span class="hidden"> here</span>
          </span>
        )}
        {unread > 0 && (
          <span class={`badge${isMentioned ? " mentioned" : ""}`}>
            {isMentioned && "@"}
            {unread > 999 ? "999+" : unread}
            <span class="hidden"> unread</span>
          </span>
        )}
      </a>
    </li>
  );
}
