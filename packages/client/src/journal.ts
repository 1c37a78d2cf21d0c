import type { Environment } from "./environment.ts";
import { type ChatError, storageFailed } from "./errors.ts";
import type { Message } from "./message.ts";
import { Retry } from "./retry.ts";
import type { MessageRecord, OutboxStorage } from "./storage/storage.ts";

type Of = {
  readonly env: Environment;
  readonly storage: OutboxStorage;
  readonly owner: string;
  readonly report: (error: ChatError) => void;
};

type Entry = { readonly isPut: boolean; readonly message: Message; isTried: boolean };

/**
 * Writes the outbox down, in its order: whatever is in the storage, all that was queued before it and is not settled
 * is there as well. So another client that takes it over sends nothing too early (P4). What fails is tried again.
 */
export class Journal {
  readonly #retry: Retry;
  readonly #of: Of;
  #session: string | undefined;
  #entries: Entry[] = [];
  #writing: Promise<unknown> | undefined;
  #isClosing = false;

  constructor(of: Of) {
    this.#of = of;
    this.#retry = new Retry(of.env, () => this.#write());
  }

  /** From now on it writes: messages are kept with the session that they are to be sent with. */
  begin(session: string): void {
    this.#session = session;
    this.#write();
  }

  put(message: Message): void {
    this.#add(true, message);
  }

  remove(message: Message): void {
    this.#forget(message);
    if (!this.#mayHave(message)) return; // settled before it was written: neither is needed
    this.#add(false, message);
  }

  /** Whether what is in the storage is still to be taken out. */
  isRemoving(id: string): boolean {
    return this.#entries.some(({ isPut, message }) => !isPut && message.id === id);
  }

  /** Takes the message out for good, unless another client may have it. @throws where the storage fails */
  async claim(message: Message): Promise<boolean> {
    this.#forget(message);
    if (!this.#mayHave(message)) return true; // nobody else can know of it
    while (this.#writing) await this.#writing;
    // Nothing is written meanwhile: what comes after this one must not be there without it.
    const withdrawing = this.#of.storage.withdraw(message.id);
    this.#writing = withdrawing.catch(() => {});
    try {
      const isMine = await withdrawing;
      if (isMine) this.#drop((entry) => entry.message === message);
      return isMine;
    } finally {
      this.#writing = undefined;
      this.#write();
    }
  }

  /** Writes what is left if it can, and, without a session, no more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#retry.stop();
    this.#write();
    // What waits behind a claim is written after it.
    while (this.#writing) await this.#writing;
    this.#session = undefined;
  }

  /** Whether it is in the storage, or may be. */
  #mayHave(message: Message): boolean {
    return message.isKept || this.#entries.some((entry) => entry.message === message);
  }

  /** What was not begun to be written of a message will not be. */
  #forget(message: Message): void {
    this.#drop((entry) => entry.message === message && !entry.isTried);
  }

  #drop(isIt: (entry: Entry) => boolean): void {
    this.#entries = this.#entries.filter((entry) => !isIt(entry));
  }

  #add(isPut: boolean, message: Message): void {
    this.#entries.push({ isPut, message, isTried: false });
    this.#write();
  }

  #write(): void {
    if (this.#session === undefined || this.#writing || this.#retry.isWaiting) return;
    this.#writing = this.#writeAll().then(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
      entry.isTried = true;
      const { isPut, message } = entry;
      try {
        if (isPut) {
          await this.#of.storage.put(this.#recordOf(message));
          message.isKept = true;
        } else {
          await this.#of.storage.remove(message.id);
          message.isKept = false;
        }
      } catch (cause) {
        this.#failed(cause);
        return;
      }
      this.#retry.worked();
      this.#drop((one) => one === entry);
    }
  }

  #failed(cause: unknown): void {
    if (this.#retry.attempts === 0) this.#of.report(storageFailed(cause));
    if (!this.#isClosing) this.#retry.wait();
  }

  #recordOf({ id, room, text, at, order, isAdopted, state }: Message): MessageRecord {
    const record = {
      id,
      room,
      text,
      at,
      order,
      isAdopted,
      owner: this.#of.owner,
      session: this.#session!,
    };
    if (state.kind !== "failed") return record;
    const { error, maybeStored } = state;
    return { ...record, failed: { code: error.code, message: error.message, maybeStored } };
  }
}
