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

/** Held by the tab that is looked at, for the others to know. */
const LOOKED_AT = "natter looked at";
const locks = "locks" in navigator ? navigator.locks : undefined;
let lookAway = (): void => {};

looking.subscribe((isSo) => {
  lookAway();
  if (!isSo) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  lookAway = resolve;
  void locks?.request(LOOKED_AT, { mode: "shared" }, () => promise);
});

/** Whether the person looks at any tab of this browser; false where it has no locks (plain http://). */
export async function isAnyLookedAt(): Promise<boolean> {
  const { held } = (await locks?.query()) ?? {};
  return held?.some(({ name }) => name === LOOKED_AT) ?? false;
}

function isLookingNow(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
