// What the client asks of the world it runs in. The defaults are the platform's; a test, or a simulation, has its own.

/** A WebSocket, as far as the client uses one: the browser's, Node's own and that of `ws` are such. */
export interface Socket {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: "open" | "message" | "close" | "error",
    listener: (event: SocketEvent) => void,
  ): void;
}

/** What a socket's events have between them: `data` of a message, `code` and `reason` of a close. */
export interface SocketEvent {
  readonly data?: unknown;
  readonly code?: number;
  readonly reason?: string;
}

export type SocketConstructor = new (url: string, protocol: string) => Socket;

export interface Clock {
  /** Milliseconds since 1970; may go back. */
  now(): number;
  /** Milliseconds; never goes back. */
  elapsed(): number;
  /** Calls back once, after so many ms, an hour and some at most, unless cancelled before. */
  after(ms: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** What happened to the device or the page: the network is there again, or gone; somebody looks at the page again. */
export type Happening = "online" | "offline" | "visible";

/** Whether there is a network, and when somebody comes back. */
export interface Surroundings {
  /** `false` only where it is known that there is no network. */
  isOnline(): boolean;
  /** Calls back on each happening, until the function it returns is called. */
  watch(callback: (happening: Happening) => void): () => void;
}

/** The part of `navigator.locks` that is used. It is there in secure contexts only. */
export interface Locks {
  request<T>(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    callback: (lock: unknown) => Promise<T> | T,
  ): Promise<T>;
}

export interface Environment {
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  /** From 0 up to, and without, 1. */
  readonly random: () => number;
  readonly surroundings: Surroundings;
  /** Where there are none, tabs send a little more than they must, and nothing else changes. */
  readonly locks: Locks | undefined;
}

/** What of a browser's globals is looked at; in Node there is no document. */
interface Page {
  addEventListener(
    type: string,
    listener: (event: { type: string }) => void,
    options: { signal: AbortSignal },
  ): void;
  document?: { visibilityState: string };
  navigator?: { onLine?: boolean; locks?: Locks };
  WebSocket: SocketConstructor;
}

const page = globalThis as unknown as Page;

const clock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

const surroundings: Surroundings = {
  isOnline: () => page.navigator?.onLine !== false,
  watch: (callback) => {
    const { document } = page;
    if (document === undefined) return () => {};
    const tell = ({ type }: { type: string }): void => {
      if (type === "online" || type === "offline") callback(type);
      else if (document.visibilityState === "visible") callback("visible");
    };
    const watching = new AbortController();
    // `pageshow`: brought back by the back button, as it was. What happens to the document bubbles.
    for (const type of ["online", "offline", "pageshow", "visibilitychange"])
      page.addEventListener(type, tell, { signal: watching.signal });
    return () => watching.abort();
  },
};

/** The platform's own, but for what is given. */
export function environment(given: Partial<Environment>): Environment {
  return {
    WebSocket: given.WebSocket ?? page.WebSocket,
    clock: given.clock ?? clock,
    random: given.random ?? Math.random,
    surroundings: given.surroundings ?? surroundings,
    locks: "locks" in given ? given.locks : page.navigator?.locks,
  };
}
