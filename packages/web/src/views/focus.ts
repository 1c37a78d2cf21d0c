import type { Signal } from "@preact/signals";
import { type RefObject, useLayoutEffect } from "preact/compat";
import type { Overlay } from "../state/overlay.ts";

/** Goes to the field to write in, where what had the focus goes away. Opens no keyboard that covers half of a phone. */
export function focusField(): void {
  if (matchMedia("(hover: hover)").matches)
    document.querySelector<HTMLElement>("#composer textarea")?.focus();
}

/** While a side lies over the room it has the focus, and nothing behind it can be reached; then it gives it back. */
export function useDrawers(overlay: Signal<Overlay>, box: RefObject<HTMLElement | null>): void {
  const which = overlay.value;
  useLayoutEffect(() => {
    const drawer = box.current!.querySelector<HTMLElement>(which === "rooms" ? ".sidebar" : ".people");
    if ((which !== "rooms" && which !== "people") || drawer === null) return;
    const before = document.activeElement;
    const others = [...box.current!.children].filter((one) => one !== drawer && !one.matches(".scrim"));
    for (const other of others) other.toggleAttribute("inert", true);
    drawer.focus();

    // In a window that became wide there is no drawer to close.
    const onResize = (): void => {
      if (getComputedStyle(drawer).position !== "fixed") overlay.value = undefined;
    };
    addEventListener("resize", onResize);
    return () => {
      removeEventListener("resize", onResize);
      for (const other of others) other.toggleAttribute("inert", false);
      const now = document.activeElement;
      if (now !== document.body && !drawer.contains(now)) return;
      const back = before?.isConnected ? before : box.current?.querySelector(".room-header button");
      if (back instanceof HTMLElement) back.focus();
    };
  }, [which]);
}
