import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostNameOf } from "../access/policy.ts";

/** A file as it is served. */
export type Page = {
  readonly body: string;
  readonly type: string;
  /** The Content-Security-Policy for a request that was sent to this Host. */
  readonly policy: (host: string | undefined) => string;
};

const FOLDER = new URL("../../public/", import.meta.url);
/** The plain WebSocket port as the files name it; where natter listens on another, that one is put in its place. */
const USUAL_WS_PORT = "9001";
const NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Reads the pages, once.
 *
 * @param wsPort what is filled in for pages to connect to; "" for the very port that the page came from
 */
export function readPages(wsPort: string): ReadonlyMap<string, Page> {
  const read = (name: string): string => readFileSync(new URL(name, FOLDER), "utf8");
  const filled = (name: string): string => read(name).replaceAll(USUAL_WS_PORT, wsPort);
  const ownFilesOnly = (): string => `default-src 'none'; style-src 'self'; img-src 'self'; ${NOTHING_ELSE}`;
  const client = filled("client.html");
  return new Map<string, Page>([
    ["/", { body: filled("index.html"), type: "text/html; charset=utf-8", policy: ownFilesOnly }],
    ["/style.css", { body: read("style.css"), type: "text/css; charset=utf-8", policy: ownFilesOnly }],
    ["/icon.svg", { body: read("icon.svg"), type: "image/svg+xml", policy: ownFilesOnly }],
    [
      "/client.html",
      {
        body: client,
        type: "text/html; charset=utf-8",
        policy: (host) => selfContainedPolicy(client, host, wsPort),
      },
    ],
  ]);
}

/**
 * For the page that carries its script and style in itself, so that it can be read and copied whole: these, by
 * their hashes, and WebSocket to the host it came from.
 */
function selfContainedPolicy(html: string, host: string | undefined, wsPort: string): string {
  const inline = (tag: string): string =>
    sha256(new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(html)?.[1] ?? "");
  return [
    "default-src 'none'",
    `script-src ${inline("script")}`,
    `style-src ${inline("style")}`,
    "img-src 'self'",
    `connect-src ${webSocketSources(host, wsPort)}`,
    NOTHING_ELSE,
  ].join("; ");
}

/** Host names were checked before; an IPv6 address cannot be named in a policy (CSP3 section 2.3.1, host-part). */
function webSocketSources(host: string | undefined, wsPort: string): string {
  const name = hostNameOf(host);
  if (name === undefined || name.startsWith("[")) return "ws: wss:";
  return wsPort === "" ? `ws://${host} wss://${host}` : `ws://${name}:${wsPort} wss://${host}`;
}

function sha256(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
