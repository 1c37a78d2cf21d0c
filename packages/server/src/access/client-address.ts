import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";

/** Whose word about addresses is taken: `loopback`, addresses and networks, as `--trust-proxy` names them. */
export type TrustedProxies = { readonly trusts: (address: string) => boolean };

/** A list of so many characters has fifty proxies in it, or somebody who wants to see it parsed for long. */
const MAX_HEADER_CHARS = 2_048;

const SAYS_NOTHING =
  "The proxy does not say for whom it asks: the last of Forwarded or X-Forwarded-For must be one address.";

/** The address that a request came from, or a sentence why it cannot be told. */
export type Origination = { readonly address: string } | { readonly fault: string };

/** @returns undefined where it is none of `loopback`, an address, or a network such as 10.0.0.0/8 */
export function parseProxies(names: readonly string[]): TrustedProxies | undefined {
  const list = new BlockList();
  for (const name of names) if (!add(list, name)) return undefined;
  return { trusts: (address) => isIP(address) > 0 && list.check(address, familyOf(address)) };
}

function add(list: BlockList, name: string): boolean {
  if (name === "loopback") return add(list, "127.0.0.0/8") && add(list, "::1");
  const [address = "", bits, ...more] = name.split("/");
  if (isIP(address) === 0 || more.length > 0) return false;
  if (bits === undefined) {
    list.addAddress(address, familyOf(address));
    return true;
  }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (isIPv6(address) ? 128 : 32)) return false;
  list.addSubnet(address, Number(bits), familyOf(address));
  return true;
}

/**
 * Whose connection it is, behind proxies. Each appends to a header who it has the request from; only what a trusted
 * one said counts, so the address is the last that is not a trusted proxy's. What stands further left anybody can have
 * written: to be another at each request, or to spend somebody else's rate.
 *
 * There are two such headers, and a proxy that writes one passes the other on as the client sent it. Where both are
 * there and do not agree, nobody can say which one the proxy wrote.
 *
 * @param peer the address at the other end of the socket
 */
export function originOf(peer: string, headers: IncomingHttpHeaders, proxies: TrustedProxies): Origination {
  if (!proxies.trusts(peer)) return { address: peer };
  const { forwarded, "x-forwarded-for": list } = headers;
  const chars = (forwarded?.length ?? 0) + (list?.length ?? 0);
  if (chars > MAX_HEADER_CHARS) return { fault: "The header that tells of proxies is too long." };
  const told = [
    ...(list === undefined ? [] : [hopsOf(String(list))]),
    ...(forwarded === undefined ? [] : [forwardedHops(forwarded)]),
  ].map((hops) => hops && lastUntrusted(peer, hops, proxies));
  if (told.includes(undefined)) return { fault: SAYS_NOTHING };
  const [address = peer, other = address] = told;
  if (address === other) return { address };
  return {
    fault: "Forwarded and X-Forwarded-For do not agree: the proxy must write one and drop the other.",
  };
}

/** It is asked for by the hub, by who decides, and for what is counted: a stranger's header is read once. */
const read = new WeakMap<IncomingMessage, Origination>();

function originationOf(request: IncomingMessage, peer: string, proxies: TrustedProxies): Origination {
  const origination = read.get(request) ?? originOf(peer, request.headers, proxies);
  read.set(request, origination);
  return origination;
}

/** For the hub: whose connection a request is. Where that cannot be told, `admit` refuses it. */
export function addressReader(proxies: TrustedProxies) {
  return (request: IncomingMessage, peer: string): string => {
    const origination = originationOf(request, peer, proxies);
    return "address" in origination ? origination.address : peer;
  };
}

/** Says why it cannot be told whose request it is, if so. */
export function addressFault(request: IncomingMessage, proxies: TrustedProxies): string | undefined {
  const origination = originationOf(request, peerOf(request), proxies);
  return "fault" in origination ? origination.fault : undefined;
}

/** The address at the other end of the socket. */
export function peerOf({ socket }: IncomingMessage): string {
  return unmapped(socket.remoteAddress ?? "");
}

/** `::ffff:127.0.0.1`, ::ffff:7f00:1 and 127.0.0.1 are one and the same. */
export function unmapped(address: string): string {
  if (!isIPv6(address) || !URL.canParse(`http://[${address}]`)) return address;
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(plain) ?? [];
  if (high === undefined || low === undefined) return plain;
  return [high, low]
    .flatMap((hex) => [Number.parseInt(hex, 16) >> 8, Number.parseInt(hex, 16) & 255])
    .join(".");
}

/**
 * @returns undefined where a proxy does not say from whom it has the request. It must not pass for the proxy's own:
 * that is mostly loopback, which has no limit of connections.
 */
function lastUntrusted(peer: string, hops: readonly string[], proxies: TrustedProxies): string | undefined {
  if (hops.length === 0) return undefined;
  let address = peer;
  for (const hop of hops.toReversed()) {
    const next = addressIn(hop);
    if (next === undefined) return undefined;
    address = next;
    if (!proxies.trusts(address)) return address;
  }
  return address;
}

function hopsOf(list: string): string[] {
  return list.split(",").map((hop) => hop.trim());
}

/**
 * RFC 7239 section 4: `for=192.0.2.43;proto=https, for="[2001:db8::1]:4711"`. What stands within quotes is no pair.
 *
 * @returns undefined where it is no such list, or one hop says something twice: then one of two is the client's
 */
function forwardedHops(header: string): string[] | undefined {
  // No two of its parts can take the same spaces: so it takes them once, and not in every way that there is.
  const pair = /\s*(?:([\w!#$%&'*+.^`|~-]+)=("(?:\\.|[^"\\])*"|[^\s",;]*)\s*)?([,;]|$)/y;
  const hops: string[] = [];
  let told = new Map<string, string>();
  while (pair.lastIndex < header.length) {
    const [whole, name, value, end] = pair.exec(header) ?? [];
    if (whole === undefined) return undefined;
    if (name !== undefined && value !== undefined) {
      if (told.has(name.toLowerCase())) return undefined;
      told.set(name.toLowerCase(), value);
    }
    const isLast = pair.lastIndex >= header.length;
    if ((end !== ";" || isLast) && told.size > 0) {
      hops.push(told.get("for") ?? "");
      told = new Map();
    }
  }
  return hops;
}

/** An address, with or without quotes, brackets and port; undefined for `unknown`, `_hidden` and nonsense. */
function addressIn(hop: string): string | undefined {
  const bare = hop.replace(/^"(.*)"$/, "$1");
  const [, bracketed, plain] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+)(?::\d+)?)$/.exec(bare) ?? [];
  const address = unmapped(bracketed ?? plain ?? bare);
  return isIP(address) > 0 ? address : undefined;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
