import type { Signal } from "@preact/signals";
import { type RefObject, useLayoutEffect } from "preact/compat";
import type { Overlay } from "../state/overlay.ts";

/** Goes to the field to write in, where what had the focus goes away. Opens no keyboard that covers half of a phone. */
export function focusField(): void {
  if (matchMedia("(hover: hover)").matches)
    document.querySelector<HTMLElement>("#composer textarea")?.focus();
}

/** Does what a button is for that goes then, and what has the focus with it. */
export function done(act: () => void): void {
  act();
  focusField();
}

/** Begins anew at the room's header, where the focus went with what had it, or is in a side that is not in view any more. */
export function refocus(): void {
  const now = document.activeElement!;
  const side = now.closest(".sidebar, .people");
  if (now !== document.body && (side === null || !isDrawer(side))) return;
  const buttons = [...document.querySelectorAll<HTMLElement>(".room-header button")];
  buttons.find((one) => one.checkVisibility())?.focus();
}

function isDrawer(side: Element): boolean {
  return getComputedStyle(side).position === "fixed";
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
      if (!isDrawer(drawer)) overlay.value = undefined;
    };
    addEventListener("resize", onResize);
    return () => {
      removeEventListener("resize", onResize);
      for (const other of others) other.toggleAttribute("inert", false);
      const now = document.activeElement;
      if (now !== document.body && !drawer.contains(now)) return;
      if (before instanceof HTMLElement) before.focus();
      refocus();
    };
  }, [which]);
}
