import type { Message, MessageState } from "@natter/client";
import type { RoomView } from "../state/room-view.ts";
import { notSent, sentenceOf } from "../state/sentences.ts";
import { done } from "./focus.ts";
import { Icon } from "./icons.tsx";

/** Where a message stands that is no event yet, in words, and what can be done about it. */
export function MessageStatus({
  view,
  message,
  state,
}: {
  view: RoomView;
  message: Message;
  state: MessageState;
}) {
  if (state.kind === "failed") {
    return (
      <p class="status failed small">
        <Icon of="warning" />
        <span>
          {notSent(state.error)}{" "}
          <span class="status-acts">
            <button type="button" class="text-button" onClick={() => edit(view, message)}>
              Edit
            </button>
            <button type="button" class="text-button" onClick={() => done(() => message.sendAgain())}>
              Send again
            </button>
            <button type="button" class="text-button" onClick={() => done(() => message.discard())}>
              Discard
            </button>
          </span>
        </span>
      </p>
    );
  }
  const isStuck = state.kind === "waiting" && view.entry.state.value.kind !== "joined";
  const refusal = state.kind === "waiting" ? state.refusal : undefined;
  return (
    <p class="status small muted">
      <Icon of="clock" />
      <span>
        {refusal ? sentenceOf(refusal) : isStuck ? "Goes out when you are connected." : "Sending …"}{" "}
        {state.kind === "waiting" && !state.maybeStored && (
          <button
            type="button"
            class="text-button"
            onClick={() =>
              void message
                .takeBack()
                .then(() => view.giveBack(message.text))
                .catch(() => {})
            }
          >
            Take back
          </button>
        )}
      </span>
    </p>
  );
}

/** What failed is written anew, from where it stood. */
function edit(view: RoomView, message: Message): void {
  message.discard();
  view.giveBack(message.text);
}
