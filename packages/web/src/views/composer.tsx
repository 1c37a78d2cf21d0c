import { useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { AppState } from "../state/app-state.ts";
import { Completing } from "../state/completing.ts";
import { together } from "../state/drafts.ts";
import type { RoomView } from "../state/room-view.ts";
import { sentenceOf } from "../state/sentences.ts";
import { bytesLeft } from "../state/text-length.ts";
import { CompletionList } from "./completion-list.tsx";
import { Icon } from "./icons.tsx";

/** The focus is here nearly always, and the timeline is looked at: these keys are for it. */
const TIMELINE_KEYS: Readonly<Record<string, "end" | "up" | "down">> = {
  Escape: "end",
  PageUp: "up",
  PageDown: "down",
};

/** The field to write in: Enter sends, Shift+Enter breaks the line, `@` and `:` offer people and emoji. */
export function Composer({ app, view }: { app: AppState; view: RoomView }) {
  const { name } = view.entry;
  const field = useRef<HTMLTextAreaElement>(null);
  const text = useSignal(app.drafts.of(name));
  const problem = useSignal<string | undefined>(undefined);
  const completing = useMemo(() => new Completing(view), [view]);

  const left = bytesLeft(text.value, app.connection.value);
  const canSend = text.value.trim() !== "" && left >= 0;

  /** What is typed, or put there by a completion. */
  const write = (value: string, caret?: number): void => {
    text.value = value;
    problem.value = undefined;
    app.drafts.set(name, value);
    view.typed.value++;
    const area = field.current!;
    if (area.value !== value) area.value = value;
    if (caret !== undefined) area.setSelectionRange(caret, caret);
    fit(area);
  };

  const send = (): void => {
    if (!canSend) return;
    try {
      view.post(text.value.trimEnd());
      write("");
      completing.close();
    } catch (error) {
      problem.value = sentenceOf(error);
    }
  };

  const take = (): void => {
    const completed = completing.take(text.value);
    if (completed !== undefined) write(completed.text, completed.caret);
  };

  useLayoutEffect(() => {
    fit(field.current!);
    // A keyboard that covers half of a phone is not opened unasked.
    if (matchMedia("(hover: hover)").matches) field.current!.focus();
  }, []);
  useLayoutEffect(
    () =>
      app.drafts.open(name, (returned) => {
        write(together(text.peek(), returned));
        field.current!.focus();
      }),
    [],
  );

  const onKeyDown = (event: KeyboardEvent): void => {
    // Safari ends the composition before the key that ended it.
    if (event.isComposing || event.keyCode === 229) return;
    if (completing.isOpen) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp")
        completing.move(event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "Enter" || event.key === "Tab") take();
      else if (event.key === "Escape") completing.close();
      else return;
      event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key in TIMELINE_KEYS && !event.shiftKey) {
      event.preventDefault();
      view.wanted.value = TIMELINE_KEYS[event.key];
    }
  };

  return (
    <form
      id="composer"
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        field.current!.focus();
      }}
    >
      <CompletionList completing={completing} onTake={take} />
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        enterkeyhint="send"
        aria-label={`Message to #${name}`}
        aria-autocomplete="list"
        aria-controls={completing.isOpen ? "completions" : undefined}
        aria-activedescendant={completing.activeId}
        aria-describedby="composer-note"
        placeholder={`Write to #${name}`}
        defaultValue={text.peek()}
        onInput={({ currentTarget: area }) => {
          const emoji = completing.closedEmoji(area.value, area.selectionStart);
          if (emoji === undefined) write(area.value);
          else write(emoji.text, emoji.caret);
          completing.look(area.value, area.selectionStart);
          if (area.value.trim() !== "") view.entry.room.type();
        }}
        onKeyDown={onKeyDown}
        onSelect={({ currentTarget: area }) => completing.look(area.value, area.selectionStart)}
        onBlur={() => completing.close()}
      />
      <button type="submit" class="send" aria-label="Send" title="Send (Enter)" disabled={!canSend}>
        <Icon of="send" />
      </button>
      <p class="hidden" role="status">
        {left < 0 && "Too long to send."}
      </p>
      <p
        id="composer-note"
        class="composer-note small"
        role={problem.value === undefined ? undefined : "alert"}
      >
        {problem.value ??
          (left < 0 ? `Too long by ${-left} bytes.` : left < 500 ? `${left} bytes left.` : "")}
      </p>
    </form>
  );
}

/** Most browsers by now make a field as high as its text themselves, without the layout that measuring it costs. */
const FITS_ITSELF = CSS.supports("field-sizing", "content");

/** As high as its text, up to where CSS lets it scroll. Nothing around it moves while it is measured. */
function fit(area: HTMLTextAreaElement): void {
  if (FITS_ITSELF) return;
  const { style, offsetHeight } = area.form!;
  style.minHeight = `${offsetHeight}px`;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
  style.minHeight = "";
}
