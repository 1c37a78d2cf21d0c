import type { Socket } from "node:net";

/** The peer's IP address; `::ffff:127.0.0.1` and 127.0.0.1 are one and the same. */
export function addressOf(socket: Socket): string {
  const address = socket.remoteAddress ?? "";
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
