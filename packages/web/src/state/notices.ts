import type { EventFrame } from "@natter/client";
import { mentions } from "../text/mentions.ts";
import { shownName } from "../text/names.ts";
import { chime } from "./chime.ts";
import { keep, kept } from "./kept.ts";
import { isAnyLookedAt, isLooking } from "./looking.ts";
import type { RoomEntry } from "./room-entry.ts";
import { settings, type TellMe } from "./settings.ts";

/**
 * What was said longer ago than this, in ms, and comes with a connection that was lost for a while, is no news. Only of that
 * is the server's clock compared with this device's, which may be another by hours.
 */
const NEWS_MS = 60_000;
/** By then every tab has heard of an event, ms. */
const HEARD_MS = 5_000;
/** Shown of a message in a notification. */
const MAX_CHARS = 200;

/** Tells a person who does not look that something was said: a notification, a sound, as they chose. */
export class Notices {
  readonly #go: (room: string) => void;

  /** @param go opens a room, for whoever clicks a notification */
  constructor(go: (room: string) => void) {
    this.#go = go;
  }

  /** @param you who the person is; what they said themselves, in another tab, is no news to them */
  take(
    event: EventFrame,
    entry: RoomEntry,
    isNow: boolean,
    you: { id: string; name: string } | undefined,
  ): void {
    if (event.from.id === you?.id) return;
    const isMention = you !== undefined && mentions(event.text, you.name);
    if (isMention) entry.mentioned(event.seq);
    if (!isNow && Date.now() - event.at > NEWS_MS) return;
    const isWanted = (wish: TellMe): boolean => wish === "all" || (wish === "mentions" && isMention);
    const [isLoud, isShown] = [isWanted(settings.sound.value), isWanted(settings.desktop.value)];
    if (!isLoud && !isShown) return;
    inOneTab(`${event.room} ${event.seq}`, () => {
      if (isLooking.peek()) return;
      if (isLoud) chime();
      if (isShown) this.#show(event);
    });
  }

  #show({ from, room, text }: EventFrame): void {
    if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
    try {
      // One for each room: the newest takes the place of the one before.
      const note = new Notification(`${shownName(from)} in #${room}`, {
        body: text.slice(0, MAX_CHARS),
        tag: `natter ${room}`,
        icon: "/icon.svg",
      });
      note.onclick = () => {
        window.focus();
        this.#go(room);
        note.close();
      };
    } catch {
      // Chrome on Android lets none but a service worker show them, though it asks for the permission.
    }
  }
}

/**
 * Each tab hears of each event, and one of them tells, unless one is looked at: the first to get the lock, which it has
 * until the others have heard, too. Where there are no locks (plain http://), two at the very same time may both, and the
 * one that is looked at has to be the first: better than neither.
 */
function inOneTab(event: string, tell: () => void): void {
  const tellFirst = (): void => {
    if (kept("told") === event) return;
    keep("told", event);
    tell();
  };
  if (!("locks" in navigator)) {
    tellFirst();
    return;
  }
  void navigator.locks.request(`natter told ${event}`, { ifAvailable: true }, async (lock) => {
    if (lock === null || (await isAnyLookedAt())) return;
    tellFirst();
    await new Promise((resolve) => setTimeout(resolve, HEARD_MS));
  });
}
