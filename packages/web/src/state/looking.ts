import { type ReadonlySignal, signal } from "@preact/signals";

const looking = signal(isLookingNow());

/** Whether a person looks at this page: it is in view, and what they type goes to it. */
export const isLooking: ReadonlySignal<boolean> = looking;

for (const [target, type] of [
  [window, "focus"],
  [window, "blur"],
  [document, "visibilitychange"],
] as const) {
  target.addEventListener(type, () => {
    looking.value = isLookingNow();
  });
}

function isLookingNow(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
