import type { EventFrame, Message, MessageState } from "@natter/client";
import { memo } from "preact/compat";
import type { RoomView } from "../state/room-view.ts";
import { shownName } from "../text/names.ts";
import { fullTime, timeOfDay } from "../text/times.ts";
import { Avatar } from "./avatar.tsx";
import { Formatted } from "./formatted.tsx";
import { MessageStatus } from "./message-status.tsx";
import { NameTags } from "./name-tags.tsx";

/** One line of the timeline. Drawn again only where one of these changes. */
export const Row = memo(function Row({
  view,
  of,
  state,
  me,
  myId,
  names,
  day,
  isUnread,
  isFirst,
  isStart,
  isTagged,
}: {
  view: RoomView;
  of: EventFrame | Message;
  /** Of a message that is no event yet. */
  state: MessageState | undefined;
  me: string;
  myId: string | undefined;
  /** Names that may be called. */
  names: readonly string[];
  /** Of the first of its day, what that day is called now. */
  day: string | undefined;
  isUnread: boolean;
  isFirst: boolean;
  /** The first event of the room. */
  isStart: boolean;
  isTagged: boolean;
}) {
  const from = "from" in of ? of.from : { id: myId ?? "", name: me };
  const pending = state !== undefined && "state" in of ? of : undefined;
  const time = (
    <time dateTime={new Date(of.at).toISOString()} title={fullTime(of.at)}>
      {timeOfDay(of.at)}
    </time>
  );
  return (
    <>
      {isStart && (
        <p class="beginning">
          This is where <bdi>#{view.entry.name}</bdi> begins.
        </p>
      )}
      {day !== undefined && (
        <h2 class="day">
          <span>{day}</span>
        </h2>
      )}
      {isUnread && <p class="unread-line">New messages</p>}
      <div
        class={`row${isFirst ? " first" : ""}${pending ? ` ${pending.isPending ? "pending" : "failed"}` : ""}`}
      >
        {isFirst && <Avatar person={from} />}
        {isFirst && (
          // Of the same level as the day, which may not be there: only what is in view is.
          <h2 class="who">
            <bdi class="name">{shownName(from)}</bdi>
            <NameTags person={from} isTagged={isTagged} />
            {time}
          </h2>
        )}
        {!isFirst && time}
        <Formatted text={of.text} names={names} mine={me} />
        {pending !== undefined && <MessageStatus view={view} message={pending} state={state!} />}
      </div>
    </>
  );
});
