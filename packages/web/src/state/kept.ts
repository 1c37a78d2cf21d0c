// What the page keeps in the browser besides what @natter/client does: small things, each under a key of its own.

const PREFIX = "natter.";

/** What was kept under a key; nothing where the browser keeps nothing (private windows, full disks, blocked storage). */
export function kept(key: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a text, or forgets it. @returns whether the browser let us; where it did not, the page goes on without */
export function keep(key: string, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
    return true;
  } catch {
    return false; // it lasts as long as the page then
  }
}

/** Calls back when another tab of this browser kept something else under the key. */
export function onKeptElsewhere(key: string, callback: (value: string | undefined) => void): () => void {
  const tell = (event: StorageEvent): void => {
    if (event.key === PREFIX + key) callback(event.newValue ?? undefined);
  };
  addEventListener("storage", tell);
  return () => removeEventListener("storage", tell);
}
