import type { ErrorFrame, ReceivedEvent, ReceivedFrame } from "@natter/protocol";
import type { RoomParts } from "./parts.ts";
import type { Room } from "./room.ts";

/** @returns what gives a frame of the server to those whom it concerns */
export function incoming(parts: RoomParts, rooms: ReadonlyMap<string, Room>): (frame: ReceivedFrame) => void {
  const { connection, naming, outbox, outgoing, requests } = parts;

  const settle = (event: ReceivedEvent): void => {
    if (event.kind === "message" && event.from.id === connection.you?.id) outbox.settle(event);
  };

  const refused = (error: ErrorFrame): void => {
    const { code, ref, room, retryAfterMs } = error;
    const membership = rooms.get(room ?? "")?.membership;
    if (code === "rate_limited") outgoing.exhaust(retryAfterMs ?? 1_000);
    if (requests.refuse(error)) return;
    if (ref !== undefined) {
      if (code === "not_joined") membership?.rejoin();
      outbox.refuse(error);
    } else if (room !== undefined) membership?.refuse(error);
    else if (code !== "restarting") naming.refuse(error);
    outgoing.pump();
  };

  return (frame) => {
    switch (frame.type) {
      case "welcome":
        outbox.textBytes = frame.limits.textBytes;
        naming.taken(frame.you.name);
        outgoing.allow(frame.limits);
        break;
      case "renamed":
        connection.renamed(frame.you);
        naming.taken(frame.you.name);
        outgoing.pump();
        break;
      case "event":
        settle(frame);
        if (!frame.again) rooms.get(frame.room)?.receive(frame);
        break;
      case "page":
        // What is in the log is stored, before any answer to its retry: nobody shall see it twice, waiting as well.
        for (const event of frame.events) settle(event);
        requests.answer(frame);
        break;
      case "rooms":
        requests.answer(frame);
        break;
      case "error":
        refused(frame);
        break;
      default:
        // All that is left names a room, but for what says nothing or is not known.
        if ("room" in frame) rooms.get(frame.room)?.receive(frame);
    }
  };
}
