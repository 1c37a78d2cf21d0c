import { effect, type ReadonlySignal } from "@preact/signals";

const ICON = 'link[rel="icon"]';

/** Says in the tab's title and icon how much is unread, and where one is. */
export function showInTab(
  unread: ReadonlySignal<number>,
  room: ReadonlySignal<string | undefined>,
): () => void {
  return effect(() => {
    const count = unread.value;
    document.title = `${count > 0 ? `(${count}) ` : ""}${room.value === undefined ? "" : `#${room.value} · `}natter`;
    const icon = count === 0 ? "/icon.svg" : count > 9 ? "/icon-many.svg" : `/icon-${count}.svg`;
    const link = document.querySelector<HTMLLinkElement>(ICON);
    if (link !== null && !link.href.endsWith(icon)) link.href = icon;
  });
}
