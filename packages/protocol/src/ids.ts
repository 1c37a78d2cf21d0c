// getRandomValues is there on plain http:// origins too; randomUUID and crypto.subtle are not.

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const SESSION = /^[A-Za-z0-9_-]{43}$/;

/** Whether a text may be a message's id: the client makes it, unique among its own in the room. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** Whether a text may be a session. The secret is the text itself: its last character's spare bits are not looked at. */
export function isSession(text: string): boolean {
  return SESSION.test(text);
}

/** A new id: 128 random bits, so that two never meet. */
export function makeId(): string {
  return randomBase64url(16);
}

/** A new session: who one is from now on. Store it before it is sent, and show it to nobody. */
export function makeSession(): string {
  return randomBase64url(32);
}

function randomBase64url(byteCount: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(byteCount));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
