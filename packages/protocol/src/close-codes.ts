/** Stop: connect again only when a person does something, presses a button or comes back to the page. */
export type CloseAction = "retry" | "stop";

export interface CloseInfo {
  readonly action: CloseAction;
  readonly meaning: string;
  /** What the client does about it. */
  readonly fix: string;
}

// The registry: docs/errors.md is held to it by a test. The numbers are those of RFC 6455, section 7.4.1, and
// of IANA's registry; those of our own (4000 and up) are not needed so far.
export const CLOSE_CODES = {
  1000: {
    action: "stop",
    meaning: "Closed on purpose, by the client or by the server's operator.",
    fix: "Stay away until a person wants back.",
  },
  1001: {
    action: "retry",
    meaning: "The server stops, or the page is left.",
    fix: "Connect again, waiting longer each time.",
  },
  1002: {
    action: "stop",
    meaning: "The client broke the rules of WebSocket.",
    fix: "Mend the client.",
  },
  1003: {
    action: "stop",
    meaning: "The client sent a binary message; all of natter is text.",
    fix: "Mend the client.",
  },
  1006: {
    action: "retry",
    meaning: "The connection broke, or was cut off; clients see this code, nobody sends it.",
    fix: "Connect again, waiting longer each time.",
  },
  1007: {
    action: "stop",
    meaning: "The client sent text that is not UTF-8.",
    fix: "Mend the client.",
  },
  1008: {
    action: "stop",
    meaning:
      "No hello in time, too much before it, far over a rate or a limit, or pieces of a message without end.",
    fix: "Mend the client, or send less.",
  },
  1009: {
    action: "stop",
    meaning: "The client sent a frame, or a plain client a line, over the limit.",
    fix: "Send less at once.",
  },
  1011: {
    action: "retry",
    meaning: "The server failed in a way it did not expect.",
    fix: "Connect again, waiting longer each time.",
  },
  1012: {
    action: "retry",
    meaning: "The server restarts.",
    fix: "Connect again soon, at a moment chosen at random within a few seconds.",
  },
  1013: {
    action: "retry",
    meaning:
      "The server cannot take more now, has enough connections of this person, or could not store a plain client's line.",
    fix: "Connect again after some seconds, waiting longer each time.",
  },
} as const satisfies Record<number, CloseInfo>;

export type CloseCode = keyof typeof CLOSE_CODES;

/** Retry or stop, for any code; those not in the registry (1005 for none, a proxy's own) are worth another try. */
export function closeAction(code: number): CloseAction {
  return Object.hasOwn(CLOSE_CODES, code) ? CLOSE_CODES[code as CloseCode].action : "retry";
}
