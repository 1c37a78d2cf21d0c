import type { EventFrame } from "@natter/protocol";
import { Emitter } from "./emitter.ts";
import { ChatError } from "./errors.ts";

/** Where a message stands on its way. */
export type MessageState =
  /**
   * In the outbox. `maybeStored`: it was sent before, and nobody knows yet what became of it. `refusal`: why it was not
   * taken when it was tried last; it will be tried again.
   */
  | { readonly kind: "waiting"; readonly maybeStored: boolean; readonly refusal?: ChatError | undefined }
  /** On its way to the server. */
  | { readonly kind: "sent" }
  /** On the server's disk, for good. The event's text is empty where it was trimmed there meanwhile (A5). */
  | { readonly kind: "durable"; readonly event: EventFrame }
  /** Refused for good, or given up; not sent again unless `sendAgain` is called. */
  | { readonly kind: "failed"; readonly error: ChatError; readonly maybeStored: boolean }
  /** Never stored, and never will be. */
  | { readonly kind: "taken back" }
  /** Failed, and put away. */
  | { readonly kind: "discarded" };

/** What can be done about a message; the outbox does it. */
export interface MessageActions {
  takeBack(message: Message): Promise<void>;
  giveUp(message: Message): void;
  sendAgain(message: Message): void;
  discard(message: Message): void;
}

/** Something said, from the outbox to the room's log. `change` tells each new state. */
export class Message extends Emitter<{ change: [state: MessageState] }> {
  readonly room: string;
  /** Made here; the event will have it too. */
  readonly id: string;
  readonly text: string;
  /** When it was queued, in milliseconds since 1970, by this device's clock. */
  readonly at: number;
  /** Whether it is in the storage by now, and so survives a reload. */
  isKept = false;
  /** @internal By which it comes after others in the outbox. */
  order: number;
  /** @internal It was sent, and the answer was lost, or said that nobody knows. */
  maybeStored = false;
  /** @internal Sends of it on this connection that were not answered. */
  unanswered = 0;
  /** @internal Being taken back: not sent meanwhile, and neither is what comes after. */
  isClaimed = false;
  /** @internal Another client has it too, or may. */
  isAdopted = false;
  /** @internal It failed, and was queued again. */
  isRequeued = false;
  /** @internal Tries that ended with the server failing in a way it did not expect. */
  failures = 0;
  readonly #actions: MessageActions;
  #state: MessageState = { kind: "waiting", maybeStored: false };
  #durable: PromiseWithResolvers<EventFrame> | undefined;

  /** @internal */
  constructor(
    of: { room: string; id: string; text: string; at: number; order: number },
    actions: MessageActions,
  ) {
    super();
    this.room = of.room;
    this.id = of.id;
    this.text = of.text;
    this.at = of.at;
    this.order = of.order;
    this.#actions = actions;
  }

  get state(): MessageState {
    return this.#state;
  }

  /** Whether it waits or is on its way: what will become of it is open. */
  get isPending(): boolean {
    return this.#state.kind === "waiting" || this.#state.kind === "sent";
  }

  /**
   * The event, once it is on the server's disk.
   *
   * @throws {ChatError} as in `failed`; `taken_back`; `closed` where the client was closed before
   */
  durable(): Promise<EventFrame> {
    this.#durable ??= Promise.withResolvers<EventFrame>();
    const { promise } = this.#durable;
    this.#settle();
    return promise;
  }

  /**
   * Takes it back, before it was stored. It is certain then that it never will be.
   *
   * @throws {ChatError} `outcome_unknown` where it was sent already or another tab has it; `storage_failed` where the
   *   storage cannot say whether one has: it is `failed` then
   */
  takeBack(): Promise<void> {
    return this.#actions.takeBack(this);
  }

  /** Stops trying: it becomes `failed` with `given_up`, and those behind it go on. It may be stored all the same. */
  giveUp(): void {
    this.#actions.giveUp(this);
  }

  /**
   * Queues what failed anew, behind what waits already, with the same id: it will not be there twice.
   *
   * @throws {ChatError} `not_failed`
   */
  sendAgain(): void {
    this.#actions.sendAgain(this);
  }

  /**
   * Puts away what failed.
   *
   * @throws {ChatError} `not_failed`
   */
  discard(): void {
    this.#actions.discard(this);
  }

  /** @internal */
  enter(state: MessageState): void {
    this.#state = state;
    this.#settle();
    this.emit("change", state);
  }

  /** @internal The client is closed: nobody waits any longer. */
  abandon(): void {
    this.#durable?.reject(new ChatError("closed"));
    this.end();
  }

  #settle(): void {
    const promise = this.#durable;
    if (!promise || this.isPending) return;
    if (this.#state.kind === "durable") promise.resolve(this.#state.event);
    else if (this.#state.kind === "failed") {
      promise.reject(this.#state.error);
      this.#durable = undefined; // sent again, it may yet be
    } else promise.reject(new ChatError("taken_back"));
  }
}
