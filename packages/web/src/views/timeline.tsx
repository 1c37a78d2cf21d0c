import { useSignal, useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { AppState } from "../state/app-state.ts";
import type { RoomView } from "../state/room-view.ts";
import { indexBehind, type RowSource, rowAt, rowCount } from "../state/rows.ts";
import { dayHeading } from "../text/times.ts";
import { Anchor } from "./anchor.ts";
import { done } from "./focus.ts";
import { Icon } from "./icons.tsx";
import { Row } from "./row.tsx";

/** So near to the end, in px, counts as there: what comes next is followed. */
const END_PX = 40;
/** How much of what is in view Page Up and Page Down go on by. */
const PAGE = 0.9;
/** So near to the beginning, in px, older events are asked for: before anybody gets there. */
const OLDER_PX = 1_500;

/**
 * The timeline. Only the rows in view are elements, however long the room is. It opens where one left off, stays at the
 * end while one is there, and does not move when older events come in front.
 */
export function Timeline({ app, view }: { app: AppState; view: RoomView }) {
  const version = view.version.value;
  const source = view.source;
  const count = rowCount(source);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const anchor = useRef<Anchor>(undefined);
  const place = useRef<Place>({
    isAtEnd: true,
    offset: 0,
    size: 0,
    seqAtEnd: 0,
    prepended: view.prepended,
    isOpened: false,
  });
  const isAway = useSignal(false);
  const isTyping = useRef(false);

  const added = view.prepended - place.current.prepended;
  const isShifted = added !== 0;
  // Here, for the list moves what it shows before any effect of this.
  if (isShifted && !place.current.isAtEnd) anchor.current?.hold(source.events, added);

  /** Notes where one is now, and asks for what that place needs. */
  const look = (): void => {
    const handle = list.current;
    if (handle === null) return;
    const { scrollOffset, scrollSize, viewportSize } = handle;
    const now = place.current;
    const left = scrollSize - viewportSize - scrollOffset;
    // Rows that turn out to be higher than was thought do not lead away from the end: only going up does, by its first
    // step already, for one page up is many small ones.
    if (left <= 2) now.isAtEnd = true;
    else if (scrollOffset < now.offset && scrollSize >= now.size)
      now.isAtEnd = now.isAtEnd && isTyping.current;
    else if (left <= END_PX && scrollOffset > now.offset) now.isAtEnd = true;
    now.offset = scrollOffset;
    now.size = scrollSize;
    if (now.isAtEnd) now.seqAtEnd = view.events.at(-1)?.seq ?? 0;
    isAway.value = !now.isAtEnd;
    view.entry.isAtEnd.value = now.isAtEnd;
    const lowest = now.isAtEnd ? view.events.length : handle.findItemIndex(scrollOffset + viewportSize - 1);
    const seen = view.events[Math.min(lowest, view.events.length - 1)];
    if (seen !== undefined) view.sees(seen.seq);
    if (scrollOffset < OLDER_PX) view.loadOlder();
  };

  /** What is there turns out to have another size than was thought, or the window has. */
  const settle = (): void => {
    anchor.current?.correct(view.events);
    if (place.current.isAtEnd) toEnd();
    else look();
  };

  /** Not by the list's `scrollToIndex`, which does so again for 150 ms, and takes those back who scroll up meanwhile. */
  const toEnd = (): void => {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  };

  useLayoutEffect(() => {
    const now = place.current;
    now.prepended = view.prepended;
    anchor.current ??= new Anchor(list.current!, box.current!);
    anchor.current.correct(source.events);
    if (view.loading.value !== "ready" && !now.isOpened) {
      toEnd();
      return;
    }
    const line = source.unreadAfter === undefined ? count : indexBehind(source.events, source.unreadAfter);
    if (!now.isOpened && line < source.events.length) {
      list.current?.scrollToIndex(line, { align: "start", offset: -48 });
      now.seqAtEnd = source.unreadAfter!;
      now.isAtEnd = false;
    } else if (now.isAtEnd && !isShifted) toEnd();
    now.isOpened = true;
    look();
  }, [version, view.loading.value]);

  useSignalEffect(() => {
    const { wanted } = view;
    const element = box.current;
    if (wanted.value === undefined || element === null) return;
    if (wanted.value === "end") {
      toEnd();
      view.forgetUnread();
    } else element.scrollBy({ top: element.clientHeight * (wanted.value === "up" ? -PAGE : PAGE) });
    wanted.value = undefined;
  });

  // A field that is lower for a moment makes room for all of a short timeline, and its end is no longer in view afterwards.
  useSignalEffect(() => {
    if (view.typed.value === 0 || isTyping.current) return;
    isTyping.current = true;
    requestAnimationFrame(() => {
      isTyping.current = false;
      if (place.current.isAtEnd) toEnd();
    });
  });

  // What one says oneself is followed from wherever one is; what failed before it, and is the last again, is not.
  const { messages } = source;
  const said = useRef(messages);
  useLayoutEffect(() => {
    const own = messages.at(-1);
    if (own !== undefined && !said.current.includes(own) && place.current.isOpened) toEnd();
    said.current = messages;
  }, [messages]);

  const names = view.names.value;
  const tagged = view.people.tagged.value;
  const news = isAway.value ? newsCount(source, place.current.seqAtEnd) : 0;
  return (
    <>
      <div
        ref={box}
        class="timeline"
        role="log"
        aria-label={`Messages in #${view.entry.name}`}
        // Rows come and go as one scrolls: what is new is told by the announcer, once, and not by this.
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard (WCAG 2.1.1)
        tabIndex={0}
        onKeyDown={(event) => {
          if (event.key === "End" || event.key === "Escape") toEnd();
          if (event.key === "Escape") view.forgetUnread();
        }}
      >
        <div class="timeline-space" />
        <Virtualizer
          ref={list}
          data={{ length: count }}
          shift={isShifted}
          scrollRef={box}
          onScroll={() => {
            anchor.current?.holdOn(view.events);
            look();
          }}
          onScrollEnd={() => {
            anchor.current?.release();
            look();
          }}
          onResize={settle}
        >
          {(_: unknown, index: number) => {
            const row = rowAt(source, index)!;
            return (
              <Row
                key={row.key}
                view={view}
                of={row.of.kind === "event" ? row.of.event : row.of.message}
                state={row.of.kind === "message" ? row.of.message.state : undefined}
                me={app.name.value}
                myId={source.me}
                names={names}
                day={row.isDay ? dayHeading(row.at, Date.now()) : undefined}
                isUnread={row.isUnread}
                isFirst={row.isFirst}
                isStart={index === 0 && view.loading.value === "ready" && !view.hasOlder}
                isTagged={row.of.kind === "event" && tagged.has(row.of.event.from.id)}
              />
            );
          }}
        </Virtualizer>
      </div>
      {view.isLoadingOlder && view.loading.value === "ready" && (
        <div class="older small">Loading older messages …</div>
      )}
      {isAway.value && (
        <button type="button" class="to-end button primary leads-on" onClick={() => done(toEnd)}>
          <Icon of="down" />
          {news > 0 ? `${news} new ${news === 1 ? "message" : "messages"}` : "To the newest"}
        </button>
      )}
    </>
  );
}

/** Where one is in the timeline, between two renderings. */
type Place = {
  isAtEnd: boolean;
  /** In px, as they were when one looked last. */
  offset: number;
  size: number;
  /** The newest event when one was at the end last: those behind it are news. */
  seqAtEnd: number;
  /** `view.prepended` as it was drawn. */
  prepended: number;
  /** The place where one left off was gone to. */
  isOpened: boolean;
};

function newsCount({ events }: RowSource, seq: number): number {
  return events.length - indexBehind(events, seq);
}
