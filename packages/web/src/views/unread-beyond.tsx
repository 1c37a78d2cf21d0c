import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RoomList } from "../state/room-list.ts";
import { Icon } from "./icons.tsx";

/** So much of a link, in px, has to be in view. */
const SEEN_PX = 12;

/** Points at rooms with something unread below what is in view of the list, and leads to the first of them. */
export function UnreadBeyond({ rooms, list }: { rooms: RoomList; list: RefObject<HTMLElement | null> }) {
  const [count, setCount] = useState(0);
  const unread = rooms.sorted.value.filter((entry) => entry.unread.value > 0).length;
  useEffect(() => {
    const box = list.current!;
    const look = (): void => setCount(below(box).length);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box);
    box.addEventListener("scroll", look);
    return () => {
      observer.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, [unread, rooms.sorted.value]);
  if (count === 0) return null;
  return (
    <button
      type="button"
      class="unread-beyond button primary leads-on"
      onClick={() => {
        const [first] = below(list.current!);
        first?.scrollIntoView({ block: "center" });
        first?.focus({ preventScroll: true });
      }}
    >
      <Icon of="down" />
      {count} unread below
    </button>
  );
}

function below(box: HTMLElement): HTMLElement[] {
  const edge = box.getBoundingClientRect().bottom - SEEN_PX;
  return [...box.querySelectorAll<HTMLElement>(".has-unread")].filter(
    (link) => link.getBoundingClientRect().top > edge,
  );
}
