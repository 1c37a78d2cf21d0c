import type { MessageRecord, OutboxStorage } from "./storage.ts";

// What of IndexedDB is used, as types: this package is checked without those of browsers.
interface Request<T> {
  result: T;
  error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
interface Store {
  get(key: string): Request<unknown>;
  getAll(): Request<unknown[]>;
  put(value: unknown, key: string): Request<unknown>;
  delete(key: string): Request<unknown>;
}
interface Transaction {
  objectStore(name: string): Store;
  error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}
interface Database {
  createObjectStore(name: string): Store;
  transaction(name: string, mode: "readwrite"): Transaction;
  close(): void;
  onversionchange: (() => void) | null;
  onclose: (() => void) | null;
}
interface Factory {
  open(name: string): Request<Database> & { onupgradeneeded: (() => void) | null };
}

/** A record, read out of the database and so a copy of its own. */
type Kept = MessageRecord & { isAdopted: boolean };

/** Messages by their ids, and the session by what can be none. */
const STORE = "outbox";
const SESSION = "session:";

/**
 * Keeps everything in the browser, for all tabs of the origin.
 *
 * @param name of the database; one for each server, for a session is told to none but its own
 */
export function indexedDbStorage(name: string): OutboxStorage {
  let opened: Promise<Database> | undefined;

  const forget = (): void => {
    opened?.then(
      (database) => database.close(),
      () => {},
    );
    opened = undefined;
  };

  const open = (): Promise<Database> => {
    opened ??= new Promise<Database>((resolve, reject) => {
      const request = (globalThis as unknown as { indexedDB: Factory }).indexedDB.open(name);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onerror = () => {
        forget(); // to be tried again by the next call
        reject(request.error);
      };
      request.onsuccess = () => {
        // A later version of this page wants to change it, or the person cleared what the browser keeps.
        request.result.onversionchange = request.result.onclose = forget;
        resolve(request.result);
      };
    });
    return opened;
  };

  /** One transaction; what `work` gives to `answer` is told once it is complete. */
  const run = async <T>(work: (store: Store, answer: (value: T) => void) => void): Promise<T> => {
    const database = await open();
    return await new Promise((resolve, reject) => {
      let result: T;
      const transaction = database.transaction(STORE, "readwrite");
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error);
      work(transaction.objectStore(STORE), (value) => {
        result = value;
      });
    });
  };

  /** Reads, and in the same transaction does what follows from it. */
  const read = <T, R>(ask: (store: Store) => Request<R>, then: (found: R, store: Store) => T): Promise<T> =>
    run((store, answer) => {
      const request = ask(store);
      request.onsuccess = () => answer(then(request.result, store));
    });

  const all = (isIt: (record: Kept, store: Store) => boolean): Promise<MessageRecord[]> =>
    read(
      (store) => store.getAll() as Request<Kept[]>,
      (records, store) => records.filter((record) => record.id !== undefined && isIt(record, store)),
    );

  return {
    isShared: true,
    session: (made) =>
      read(
        (store) => store.get(SESSION) as Request<string | undefined>,
        (kept, store) => {
          if (kept === undefined) store.put(made, SESSION);
          return kept ?? made;
        },
      ),
    put: (record) => run((store) => store.put(record, record.id)),
    remove: (id) => run((store) => store.delete(id)),
    withdraw: (id) =>
      read(
        (store) => store.get(id) as Request<Kept | undefined>,
        (record, store) => {
          if (record?.isAdopted !== false) return false;
          store.delete(id);
          return true;
        },
      ),
    records: () => all(() => true),
    adopt: (owner) =>
      all((record, store) => {
        if (record.owner !== owner) return false;
        record.isAdopted = true;
        store.put(record, record.id);
        return true;
      }),
    close: forget,
  };
}
