import { isIPv6, type Socket } from "node:net";

/** The peer's IP address; `::ffff:127.0.0.1` and 127.0.0.1 are one and the same. */
export function addressOf({ remoteAddress: address = "" }: Partial<Pick<Socket, "remoteAddress">>): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/**
 * What is counted as one address: an IPv4 address whole, and the first 64 bits of an IPv6 one, for whoever has one of
 * those has them all, and could come from another each time.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const groups = head === "" ? [] : head.split(":");
  // `::` stands for as many groups of zero as are missing; one written as IPv4 is two.
  const behind =
    tail === undefined || tail === "" ? 0 : tail.split(":").length + (tail.includes(".") ? 1 : 0);
  while (groups.length < 8 - behind) groups.push("0");
  const known = [...groups, ...(tail ?? "").split(":")].slice(0, 4);
  return `${known.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
