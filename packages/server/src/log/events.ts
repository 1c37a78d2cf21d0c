/** From the quietest; `--log-level` names the least that is written, or `silent`. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Everything that natter logs, once: docs/operations.md is held to this table by a test. An event has these fields and
 * no others, and none of them is what somebody said, is called, or keeps secret: no text, no name, no session, no room.
 */
export const LOG_EVENTS = {
  started: {
    level: "info",
    fields: { version: String, page: String, webSocket: String, metrics: String },
    about: "natter is ready and serves these addresses.",
  },
  stopping: {
    level: "info",
    fields: { signal: String, connections: Number, waiting: Number },
    about: "It was told to stop. So many are connected, and so many messages wait to be stored.",
  },
  stopped: {
    level: "info",
    fields: { ms: Number },
    about: "Everything is stored and closed; the process ends.",
  },
  stop_incomplete: {
    level: "error",
    fields: { ms: Number },
    about:
      "Stopping took too long, and the process ended all the same. Nothing acknowledged is lost. Look at the disk.",
  },
  refused: {
    level: "warn",
    fields: { status: Number, reason: String, address: String },
    about:
      "Somebody was not let in. 403: the reason names the option that would allow it. 429, 503: a limit was met.",
  },
  cut_off: {
    level: "warn",
    fields: { connection: Number, address: String, why: String },
    about:
      "A reader took less than came, beyond the bound. Many at once: the network or the machine is too slow.",
  },
  left_out: {
    level: "warn",
    fields: { of: String, count: Number },
    about: "So many more of that event came in a second than are written, which is ten.",
  },
  store_failing: {
    level: "error",
    fields: { reason: String },
    about:
      "Nothing can be stored, and `/readyz` says so. Make room on the disk, or replace it: natter goes on by itself.",
  },
  rolled_back: {
    level: "error",
    fields: {},
    about:
      "A room's log lacks what it had: PostgreSQL failed over to a standby that was behind. Clients come back and begin anew. Make the standby a synchronous one.",
  },
  store_recovered: {
    level: "info",
    fields: { ms: Number },
    about: "It can be stored again, after so many ms.",
  },
  bus_lost: {
    level: "error",
    fields: { reason: String },
    about:
      "Redis is away, and natter goes on trying. Until it is back, messages from other nodes come up to 2 s late, and who is there and who types only of each node.",
  },
  bus_recovered: {
    level: "info",
    fields: { ms: Number },
    about: "Redis is there again, after so many ms.",
  },
  certificate_loaded: {
    level: "info",
    fields: { validTo: String },
    about: "New TLS connections get the certificate that is in the files now.",
  },
  certificate_kept: {
    level: "error",
    fields: { reason: String },
    about:
      "The certificate could not be loaded anew; the one before is still in use. Mend the files, send SIGHUP again.",
  },
  trouble: {
    level: "error",
    fields: { reason: String },
    about:
      "A port cannot take connections, or a file not be read, such as for want of file descriptors. Raise the limit.",
  },
  few_descriptors: {
    level: "info",
    fields: { reason: String },
    about:
      "At its start: fewer files and sockets may be open than --max-connections needs. The reason says what to do.",
  },
  unexpected: {
    level: "error",
    fields: { error: String },
    about: "A mistake in natter. It went on; please report it.",
  },
  crashed: {
    level: "error",
    fields: { error: String },
    about: "A mistake in natter that ended the process. Nothing acknowledged is lost; please report it.",
  },
  connected: {
    level: "debug",
    fields: { connection: Number, kind: String, address: String },
    about: "Somebody came, as `v1` or `plain`.",
  },
  disconnected: {
    level: "debug",
    fields: { connection: Number, code: Number, why: String },
    about: "Somebody is gone, with this close code.",
  },
} as const satisfies Record<string, LogEventInfo>;

type LogEventInfo = {
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, typeof String | typeof Number>>;
  /** What happened, and what to do about it where there is something. */
  readonly about: string;
};

export type LogEvent = keyof typeof LOG_EVENTS;

export type LogFields<Event extends LogEvent> = {
  readonly [Field in keyof (typeof LOG_EVENTS)[Event]["fields"]]:
    | FieldType<(typeof LOG_EVENTS)[Event]["fields"][Field]>
    | undefined;
};

type FieldType<Constructor> = Constructor extends () => infer Type ? Type : never;
