import type { Client, Hub } from "@natter/hub";
import { limitedLines } from "./access/limited-lines.ts";
import type { MessageRate } from "./access/message-rate.ts";
import { PageTurns } from "./access/page-turns.ts";
import type { Bus } from "./bus/bus.ts";
import type { Chat } from "./chat.ts";
import { PRINTED_LINES_PER_SECOND } from "./limits.ts";
import { type Log, stackOf } from "./log/log.ts";
import type { Meters } from "./metrics/meters.ts";
import { type Channels, systemClock as clock } from "./ports.ts";
import { Presence } from "./presence/presence.ts";
import type { Backlog } from "./rooms/backlog.ts";
import { Rooms } from "./rooms/rooms.ts";
import { People } from "./sessions/people.ts";
import type { Store } from "./store/store.ts";
import type { Visitor } from "./visitors.ts";

/** The parts of the chat, and what they have of each other. */
export function createChat(of: {
  rate: MessageRate;
  store: Store;
  bus: Bus;
  backlog: Backlog;
  hub: Hub<Visitor>;
  meters: Meters;
  log: Log;
  /** Takes who comes and goes. */
  print: (line: string) => void;
}): Chat {
  const { rate, store, bus, backlog, hub, meters, log } = of;
  const channels: Channels = {
    publish: (channel, text, except) => {
      if (hub.members(channel).size === 0) return;
      hub.publish(channel, text(), { except: except as Client<Visitor> | undefined });
    },
    waitMs: (channel) => hub.waitMs(channel),
  };
  const onRollback = (): void => {
    meters.rolledBack();
    log("rolled_back", {});
  };
  const print = limitedLines(of.print, clock, PRINTED_LINES_PER_SECOND);
  const presence = new Presence({ bus, channels, clock, print });
  return {
    store,
    channels,
    clock,
    rooms: new Rooms({ store, bus, presence, channels, clock, backlog, meters, onRollback }),
    people: new People(bus),
    rate,
    pages: new PageTurns(),
    refusal: (room) => backlog.refusalIn(room),
    meters,
    report: (error) => log("unexpected", { error: stackOf(error) }),
  };
}
