import type { ChatError, ConnectionState, Loss } from "@natter/client";

/** What a person reads of an error: what happened, and what to do. Codes are those of docs/errors.md and of the client. */
const SENTENCES: Record<string, string> = {
  bad_name: "That name does not work: use 1 to 32 characters, and not only digits.",
  bad_room: "No room can have that name: use letters, digits, dots, hyphens and underscores, 64 at most.",
  too_many_rooms: "You are in as many rooms as one may be. Leave one, then open this one again.",
  text_empty: "There is nothing in it to send.",
  text_too_long: "It is too long. Shorten it, or send it in parts.",
  text_malformed: "It has characters in it that cannot be sent. Take them out, then send it again.",
  rate_limited: "That was too much at once. It is sent in a moment.",
  busy: "The server has a lot to do. It is sent in a moment.",
  unavailable: "The server cannot store messages at the moment. It keeps trying.",
  internal: "The server failed at it. Try it again in a while.",
  held: "It waits for the message before it.",
  outbox_full: "Too many messages wait to be sent. Wait until some are through.",
  storage_failed: "This browser could not keep it. If you close the page, what waits is lost.",
  left: "You left the room before it was sent.",
  bad_server: "The server sent something this page does not understand. Reload the page.",
};

export function sentenceOf(error: unknown): string {
  return sentenceFor(error instanceof Error && "code" in error ? (error as ChatError).code : "");
}

/** The same where the page knows by itself what is wrong. */
export function sentenceFor(code: string): string {
  return SENTENCES[code] ?? "Something went wrong. Try it again.";
}

/** What is said of a message that failed. */
export function notSent(error: unknown): string {
  return `Not sent. ${sentenceOf(error)}`;
}

/** What the connection does, in words; `action`: what a person can do about it. */
export type ConnectionWords = {
  readonly tone: "good" | "busy" | "bad";
  readonly text: string;
  /** The same for a screen reader, which need not hear the seconds count down. */
  readonly spoken?: string | undefined;
  readonly action?: "connect" | "reload" | undefined;
};

/** @param now milliseconds since 1970, for counting down */
export function connectionWords(state: ConnectionState, now: number): ConnectionWords {
  switch (state.kind) {
    case "connecting":
      return { tone: "busy", text: state.attempt > 1 ? "Connecting again …" : "Connecting …" };
    case "live":
      return { tone: "good", text: "Connected" };
    case "waiting": {
      const what = lossWords(state.loss);
      return {
        tone: "busy",
        text: `${what} ${waitWords(state.until - now)}`,
        spoken: `${what} Reconnecting.`,
        action: "connect",
      };
    }
    case "offline":
      return {
        tone: "bad",
        text: "You are offline. What you write is kept, and sent when you are back.",
        action: "connect",
      };
    case "refused":
      return refusedWords(state.loss);
    case "closed":
      return { tone: "bad", text: "Disconnected.", action: "reload" };
  }
}

function waitWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return `Reconnecting in ${seconds} s.`;
}

function lossWords(loss: Loss): string {
  if (loss.kind !== "closed") return "The server does not answer.";
  if (loss.code === 1012) return "The server restarts.";
  if (loss.code === 1013) return "The server is busy.";
  return "No connection.";
}

function refusedWords(loss: Loss): ConnectionWords {
  if (loss.kind === "hello refused") return { tone: "bad", text: sentenceOf(loss.error), action: "connect" };
  if (loss.kind === "closed" && loss.code === 1008) {
    return {
      tone: "bad",
      text: "The server closed the connection: too much came at once.",
      action: "connect",
    };
  }
  if (loss.kind === "closed" && loss.code === 1000) {
    return { tone: "bad", text: "The server ended the connection.", action: "connect" };
  }
  return {
    tone: "bad",
    text: "This page and the server do not understand each other. Reload the page.",
    action: "reload",
  };
}
