/** A message that waits, as it is kept. */
export interface MessageRecord {
  /** Unique, and the key. */
  readonly id: string;
  readonly room: string;
  readonly text: string;
  /** When it was queued, in milliseconds since 1970. */
  readonly at: number;
  /** The session it is to be sent with: another person must not send it. A secret. */
  readonly session: string;
  /** The client, such as a tab, in which it was written. */
  readonly owner: string;
  /** Within one owner, the order of sending. */
  readonly order: number;
  /** Another client sends it too, or may have sent it. */
  readonly isAdopted: boolean;
  /** Why it is not sent any more, where it was refused for good or given up. */
  readonly failed?:
    | { readonly code: string; readonly message: string; readonly maybeStored: boolean }
    | undefined;
}

/**
 * Where a client keeps what must survive it. Each call is carried out as one, and those of one client in the order of the
 * calls; a call that rejects may have been carried out or not, and is made again.
 */
export interface OutboxStorage {
  /** Whether other clients, such as the tabs of a browser, use it at the same time, or will when this one is gone. */
  readonly isShared: boolean;
  /** The session kept here; where there is none, `made` becomes it. */
  session(made: string): Promise<string>;
  /** Adds the message, or replaces the one with its id. */
  put(record: MessageRecord): Promise<void>;
  /** Takes the message out. */
  remove(id: string): Promise<void>;
  /** Takes the message out unless it was adopted. @returns whether it did */
  withdraw(id: string): Promise<boolean>;
  records(): Promise<MessageRecord[]>;
  /** Marks all messages of an owner as adopted, and tells them. */
  adopt(owner: string): Promise<MessageRecord[]>;
  close(): void;
}
