import type { Client, Hub } from "@natter/hub";
import type { MessageRate, Meter } from "../access/message-rate.ts";
import type { Guest } from "./guest.ts";
import { arrived, left, said } from "./sentences.ts";

/** Largest line of chat, in bytes of UTF-8: four pages of prose, and a bound on what a stranger makes everybody hold. */
const MAX_TEXT_BYTES = 8 * 1024;

/**
 * The plain chat: a text message in is a line of chat to everybody else in the room, and each hears who comes and
 * goes. The newcomer itself hears nothing.
 *
 * @param print takes the lines that the server's owner sees: who came and who left
 */
export function servePlainChat(hub: Hub<Guest>, rate: MessageRate, print: (line: string) => void): void {
  const meters = new WeakMap<Client<Guest>, Meter>();

  hub.on("connect", (client) => {
    meters.set(client, rate.meter(client.address, performance.now()));
    client.join(client.data.room);
    announce(client, arrived(nameOf(client)));
  });

  hub.on("message", (client, message) => {
    if (typeof message !== "string") return client.close(1003, "Text only, please.");
    if (Buffer.byteLength(message) > MAX_TEXT_BYTES) {
      return client.close(1009, `A line may have ${MAX_TEXT_BYTES} bytes.`);
    }
    if (!isWithinRate(client, meters.get(client)!)) return;
    hub.publish(client.data.room, said(nameOf(client), message), { except: client });
  });

  hub.on("disconnect", (client) => {
    meters.get(client)?.release();
    announce(client, left(nameOf(client)));
  });

  function announce(client: Client<Guest>, line: string): void {
    print(line);
    hub.publish(client.data.room, line, { except: client });
  }
}

function nameOf(client: Client<Guest>): string {
  return client.data.name ?? String(client.id);
}

/** Reads a sender that is over the rate more slowly; one that is far over it has to go. */
function isWithinRate(client: Client<Guest>, meter: Meter): boolean {
  const verdict = meter.spend(performance.now());
  switch (verdict.kind) {
    case "fine":
      return true;
    case "slow down":
      if (!client.isPaused) pauseUntilPaid(client, meter, verdict.waitMs);
      return true;
    case "flood":
      client.close(1008, "Too many messages too fast.");
      return false;
  }
}

/** What was already read is still delivered after a pause, and adds to the debt: so it is asked again. */
function pauseUntilPaid(client: Client<Guest>, meter: Meter, waitMs: number): void {
  client.pause();
  setTimeout(() => {
    const stillMs = meter.waitMs(performance.now());
    if (stillMs > 0) pauseUntilPaid(client, meter, stillMs);
    else client.resume();
  }, waitMs).unref();
}
