// Content-Security-Policy: what a browser lets a page do, whatever strangers manage to put into it.

import { createHash } from "node:crypto";
import { hostNameOf } from "../access/policy.ts";

const CLOSED = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** For all that is no page. */
export const NOTHING = `default-src 'none'; ${CLOSED}`;

/**
 * For the chat page: files and connections of the very host it came from, nothing inline, and no text that becomes
 * markup or script (Trusted Types, in browsers that have them).
 */
export function chatPagePolicy(host: string | undefined): string {
  const own = ["script", "style", "img", "font", "media", "manifest"].map((kind) => `${kind}-src 'self'`);
  return [
    "default-src 'none'",
    ...own,
    `connect-src ${["'self'", ...ownWebSockets(host)].join(" ")}`,
    CLOSED,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/**
 * For a page that carries its script and style in itself, so that it can be read and copied whole: these, by their
 * hashes, and WebSocket to the host it came from.
 *
 * @param wsPort "" for the very port that the page came from
 * @returns the policy for each host, for which nothing is hashed any more
 */
export function selfContainedPolicy(html: string, wsPort: string): (host: string | undefined) => string {
  const inline = (tag: string): string =>
    sha256(new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(html)?.[1] ?? "");
  const own = [`script-src ${inline("script")}`, `style-src ${inline("style")}`, "img-src 'self'"];
  return (host) =>
    ["default-src 'none'", ...own, `connect-src ${plainWebSockets(host, wsPort)}`, CLOSED].join("; ");
}

/** For browsers to whom 'self' is not the same host's WebSocket, as it should be: Safari before 15.4 was one. */
function ownWebSockets(host: string | undefined): string[] {
  return isNameable(host) ? [`ws://${host}`, `wss://${host}`] : [];
}

function plainWebSockets(host: string | undefined, wsPort: string): string {
  if (!isNameable(host)) return "'self'";
  return wsPort === "" ? `ws://${host} wss://${host}` : `ws://${hostNameOf(host)}:${wsPort} wss://${host}`;
}

/** Host names were checked before; an IPv6 address cannot be named in a policy (CSP3 section 2.3.1, host-part). */
export function isNameable(host: string | undefined): boolean {
  return hostNameOf(host)?.startsWith("[") === false;
}

function sha256(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
