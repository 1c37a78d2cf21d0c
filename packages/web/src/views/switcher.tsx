import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import type { RoomEntry } from "../state/room-entry.ts";
import { roomNameOf } from "../state/room-names.ts";
import { sentenceFor } from "../state/sentences.ts";
import { Dialog } from "./dialog.tsx";
import { Icon } from "./icons.tsx";

/** Goes to a room by its name, and makes it where there is none. */
export function Switcher({ app, onClose }: { app: AppState; onClose: () => void }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  useLayoutEffect(() => field.current?.focus(), []);

  const wanted = roomNameOf(typed);
  const sought = typed.trim().replace(/^#/, "").toLowerCase();
  const isFound = (name: string): boolean => name.includes(wanted ?? sought);
  const found = app.rooms.sorted.value.filter(({ name }) => isFound(name));
  // Where something is to be read stands first.
  const known = [...found].sort((one, other) => isUnread(other) - isUnread(one));
  const listed = [
    ...known.map((entry) => ({ name: entry.name, unread: entry.unread.value, isNew: false })),
    ...app.rooms.others.value.filter(isFound).map((name) => ({ name, unread: 0, isNew: false })),
  ];
  const isNew = wanted !== undefined && !listed.some(({ name }) => name === wanted);
  const choices = [...listed, ...(isNew ? [{ name: wanted, unread: 0, isNew: true }] : [])];
  const chosen = Math.min(active, choices.length - 1);
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: "nearest" }), [chosen]);

  const open = (index: number): void => {
    const choice = choices[index];
    if (choice === undefined) return;
    app.route.go(choice.name);
    onClose();
  };

  return (
    <Dialog title="Find or make a room" onClose={onClose}>
      <input
        ref={field}
        class="field"
        role="combobox"
        aria-label="Name of a room"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={choices.length > 0 ? `${id}-${chosen}` : undefined}
        placeholder="Name of a room"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          const { length } = choices;
          if (event.key === "ArrowDown") setActive((chosen + 1) % Math.max(1, length));
          else if (event.key === "ArrowUp") setActive((chosen - 1 + length) % Math.max(1, length));
          else if (event.key === "Enter") open(chosen);
          else return;
          event.preventDefault();
        }}
      />
      <div ref={list} id={`${id}-list`} class="choices" role="listbox" aria-label="Rooms">
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys, as in every combobox
          <div
            key={choice.name}
            id={`${id}-${index}`}
            class="choice"
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onPointerMove={() => setActive(index)}
            onClick={() => open(index)}
          >
            {choice.isNew ? <Icon of="plus" /> : <span class="hash">#</span>}
            <bdi class="room-name">{choice.name}</bdi>
            {choice.isNew && <span class="tag">not on your list</span>}
            {choice.unread > 0 && <span class="badge">{choice.unread}</span>}
          </div>
        ))}
      </div>
      {choices.length === 0 && (
        <p class="small muted">{sought === "" ? "Type the name of a room." : sentenceFor("bad_room")}</p>
      )}
    </Dialog>
  );
}

function isUnread({ unread }: RoomEntry): number {
  return unread.value > 0 ? 1 : 0;
}
