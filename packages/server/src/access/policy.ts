import type { IncomingHttpHeaders } from "node:http";

/** The names by which a machine calls itself: for Origin they are one and the same host. */
const LOOPBACK_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];
/** Longest name that DNS has (RFC 1035 section 2.3.4), with a port: what is longer is not worth a line in a log. */
const MAX_HOST_CHARS = 261;
const HOST_HEADER = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

/** Says in one sentence why a request is refused, and by which option it would be allowed; or nothing. */
export type AccessPolicy = (headers: IncomingHttpHeaders) => string | undefined;

/**
 * The rules for Host and Origin, the same for the page, the API and every upgrade.
 *
 * Host: listening on loopback, another name in it means DNS rebinding (a page at evil.example whose name was made
 * to point here), so only the loopback names pass, and the public URL's. On other addresses every host passes,
 * unless a public URL pins it. Origin: only browsers send it, and a page may connect where it came from, so its
 * host name must be the one the request was sent to, or it must be on the list.
 */
export function createAccessPolicy(options: {
  readonly host: string;
  readonly publicUrl?: URL | undefined;
  readonly allowOrigin: readonly string[];
}): AccessPolicy {
  const { publicUrl } = options;
  const pinned = isLoopback(options.host) || publicUrl !== undefined;
  const hosts = new Set([...LOOPBACK_NAMES, ...(publicUrl ? [publicUrl.hostname] : [])]);
  const origins = new Set([...options.allowOrigin, ...(publicUrl ? [publicUrl.origin] : [])]);

  return ({ host, origin }) => {
    const hostName = hostNameOf(host);
    if (hostName === undefined) return "The Host header is missing or malformed.";
    if (pinned && !hosts.has(hostName)) {
      return `Host ${hostName} is not served here: if it is this server's address, start natter with --public-url http://${hostName}.`;
    }
    if (origin === undefined || origins.has(origin)) return undefined;
    if (canonical(hostNameOfPage(origin)) === canonical(hostName)) return undefined;
    const shown = printable(origin);
    return `Pages of ${shown} may not connect here: to let them, start natter with --allow-origin ${shown} (or with --public-url, if that is where its own page is opened).`;
  };
}

/** The host name in a Host header, in lower case and without the port; undefined when there is no sense in it. */
export function hostNameOf(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MAX_HOST_CHARS) return undefined;
  return HOST_HEADER.exec(header)?.[1]?.toLowerCase();
}

/** The host name of a page's origin; none of an extension or of a page without an origin. */
function hostNameOfPage(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.hostname : "";
}

export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || host.startsWith("127.");
}

function canonical(hostName: string): string {
  return LOOPBACK_NAMES.includes(hostName) ? "localhost" : hostName;
}

/** A stranger chose this text, and it goes to a log and a terminal. */
function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "?").slice(0, 200);
}
