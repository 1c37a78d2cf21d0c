import type { ErrorFrame } from "./frames.ts";

export interface ErrorInfo {
  /** True: the frame itself is in order, only the moment is not, and nobody has to decide anything: send it again. */
  readonly retry: boolean;
  readonly meaning: string;
  /** What the client does about it. */
  readonly fix: string;
}

// The registry: docs/errors.md is held to it by a test. A code, once released, keeps its meaning; one that is
// no longer used goes to RETIRED_ERRORS and never means anything else again.
export const ERRORS = {
  bad_frame: {
    retry: false,
    meaning: "Not a JSON object, or a field is missing or of a wrong type; the message names the field.",
    fix: "Mend the client.",
  },
  unknown_type: {
    retry: false,
    meaning: "No frame of clients has this type.",
    fix: "Mend the client, or do without what an older server lacks.",
  },
  hello_first: {
    retry: true,
    meaning: "A frame came before an accepted hello.",
    fix: "Send hello, wait for welcome, then send it again.",
  },
  hello_again: {
    retry: false,
    meaning: "This connection has said hello already.",
    fix: "Send rename for another name, or connect anew for another session.",
  },
  bad_name: {
    retry: false,
    meaning:
      "The name is empty once cleaned, over 32 characters, all digits, or piled up with combining marks.",
    fix: "Ask for another name.",
  },
  bad_session: {
    retry: false,
    meaning: "The session is not 43 characters of base64url.",
    fix: "Send the session as it was made; never let a new one take the place of a broken one unasked.",
  },
  bad_room: {
    retry: false,
    meaning:
      "Not a room's name in normal form: NFC, lower case, 1 to 64 letters, digits, dots, underscores, hyphens.",
    fix: "Bring the name to normal form, or ask for another.",
  },
  bad_id: {
    retry: false,
    meaning: "The id is not 1 to 64 characters of A-Z, a-z, 0-9, _ and -.",
    fix: "Make ids of those.",
  },
  text_too_long: {
    retry: false,
    meaning: "The text has more bytes of UTF-8 than the limit in welcome.",
    fix: "Shorten or split it.",
  },
  text_empty: {
    retry: false,
    meaning: "The text has nothing but white space.",
    fix: "Do not send it.",
  },
  text_malformed: {
    retry: false,
    meaning: "The text has a lone surrogate, or a control character other than tab and line feed.",
    fix: "Take those out.",
  },
  bad_position: {
    retry: false,
    meaning:
      "A position is not a whole number from 0 to 2^53-1, is past the head, lacks its epoch, or is one too many.",
    fix: "Send since with its epoch, one of before and after, and read no further than the head.",
  },
  bad_limit: {
    retry: false,
    meaning: "The limit is not a whole number from 1 to 200.",
    fix: "Ask for less, and for the next page after that.",
  },
  not_joined: {
    retry: true,
    meaning: "This connection is not in the room.",
    fix: "Send join, wait for joined, then send it again.",
  },
  too_many_rooms: {
    retry: false,
    meaning: "This connection is in as many rooms as one may be, or the list of this person is full.",
    fix: "Leave a room first.",
  },
  held: {
    retry: true,
    meaning:
      "An earlier send of this connection to the room was refused and may come again; this one must not overtake it.",
    fix: "Send the one refused first again, then this; or give that one up with skip.",
  },
  rate_limited: {
    retry: true,
    meaning: "More messages than the rate allows.",
    fix: "Wait retryAfterMs, then send it again.",
  },
  busy: {
    retry: true,
    meaning: "The server has too much waiting to be stored to take this as well.",
    fix: "Wait retryAfterMs, then send it again.",
  },
  unavailable: {
    retry: true,
    meaning: "The server could not reach or write its store; a send may be stored or not.",
    fix: "Send it again with the same id, waiting longer each time: it will be there once.",
  },
  restarting: {
    retry: true,
    meaning: "The server is about to stop; close code 1012 follows.",
    fix: "Connect again after retryAfterMs, then send it again.",
  },
  internal: {
    retry: true,
    meaning: "The server failed in a way it did not expect; a send may be stored or not.",
    fix: "Send it again with the same id, waiting longer each time; after some tries skip it and tell the person.",
  },
} as const satisfies Record<string, ErrorInfo>;

export type ErrorCode = keyof typeof ERRORS;

/** Codes that once meant something, never to be used again. */
export const RETIRED_ERRORS: readonly string[] = [];

/** What an error may say beyond its code. */
export interface ErrorDetails {
  /** For developers, in English; the code's meaning where it is absent. */
  readonly message?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The `ref` of the refused frame; of a refused `send` or `skip`, its id. */
  readonly ref?: string | undefined;
  readonly room?: string | undefined;
}

/** The frame that tells of an error; a FrameError from decoding fits as it is: `errorFrame(error.code, error)`. */
export function errorFrame(code: ErrorCode, details: ErrorDetails = {}): ErrorFrame {
  const { retry, meaning } = ERRORS[code];
  const { message = meaning, retryAfterMs, ref, room } = details;
  return { type: "error", code, message, retry, retryAfterMs, ref, room };
}
