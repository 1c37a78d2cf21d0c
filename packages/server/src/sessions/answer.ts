import type { ClientFrame, ErrorDetails } from "@natter/protocol";
import { StoreError } from "../store/errors.ts";
import type { Context } from "./context.ts";
import { join, leave } from "./joining.ts";
import { history, listRooms, markRead, typing } from "./reading.ts";
import type { Sending } from "./sending.ts";

/** What is needed to say no, whether or not a client has said hello. */
type Refusing = Pick<Context, "chat" | "refuse">;

/**
 * Does what a frame of a client that said hello asks. What takes time gives a promise, which never rejects.
 *
 * @param overRateMs after how many ms another message is within the rate; 0 if this one is
 */
export function answer(
  context: Context,
  sending: Sending,
  frame: ClientFrame,
  overRateMs: number,
): Promise<void> | undefined {
  switch (frame.type) {
    case "hello":
      return context.refuse("hello_again");
    case "send":
      return sending.send(frame, overRateMs);
    case "skip":
      return sending.skip(frame);
    case "typing":
      return typing(context, frame);
    case "ping":
      return context.send({ type: "pong", ...refOf(frame) });
    case "rename":
      return rename(context, frame.name);
    case "join":
      if (frame.since === undefined) return orRefuse(context, join(context, frame), frame);
      return reading(context, frame, () => join(context, frame));
    case "leave":
      return orRefuse(context, leave(context, frame), frame);
    case "history":
      return reading(context, frame, () => history(context, frame));
    case "read":
      return orRefuse(context, markRead(context, frame), frame);
    case "rooms":
      return reading(context, frame, () => listRooms(context, frame));
  }
}

/** What makes the server read the log has a rate of its own: a page is asked for with a hundred bytes (M7). */
function reading(context: Context, frame: ClientFrame, read: () => Promise<void>): Promise<void> | undefined {
  const { meter, chat, connection } = context;
  const now = chat.clock.elapsed();
  const retryAfterMs = meter.takeRead(now);
  if (retryAfterMs === 0) return orRefuse(context, read(), frame);
  if (meter.isFlooding(now)) return void connection.close(1008, "too many requests too fast");
  return context.refuse("rate_limited", { ...refOf(frame), retryAfterMs });
}

function rename(context: Context, name: string): undefined {
  const { chat, person, session } = context;
  if (!mayBeCalled(context, person.id, name)) return;
  chat.people.rename(person, name, session);
  return context.send({ type: "renamed", you: { id: person.id, name } });
}

/** Everybody in all rooms of the person hears of another name, so there is a rate of them (M11). If not, that is said. */
export function mayBeCalled({ chat, refuse }: Refusing, personId: string, name: string): boolean {
  const { people, rate, clock } = chat;
  const retryAfterMs = rate.takeName(personId, people.nameOf(personId), name, clock.elapsed());
  if (retryAfterMs > 0) refuse("rate_limited", { retryAfterMs });
  return retryAfterMs === 0;
}

/** Whatever goes wrong while a frame is answered, the client is told, and nobody else is touched. */
export async function orRefuse(
  context: Context,
  answering: Promise<void>,
  frame: ClientFrame,
): Promise<void> {
  try {
    await answering;
  } catch (error) {
    if (error instanceof StoreError) context.refuse("unavailable", refOf(frame));
    else fail(context, error, refOf(frame));
  }
}

/** A mistake of ours. */
export function fail({ chat, refuse }: Refusing, error: unknown, ref: ErrorDetails): undefined {
  chat.report(error);
  return refuse("internal", ref);
}

/** What an answer needs so that the client knows which frame it belongs to (F8). */
export function refOf(frame: ClientFrame): { ref?: string | undefined; room?: string | undefined } {
  const room = "room" in frame ? { room: frame.room } : {};
  if (frame.type === "send" || frame.type === "skip") return { ref: frame.id, ...room };
  return "ref" in frame ? { ref: frame.ref, ...room } : room;
}
