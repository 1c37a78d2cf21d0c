import type { Server } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "@natter/hub";
import { type TrustedProxies, unmapped } from "../access/client-address.ts";
import { isLoopback } from "../access/policy.ts";
import { EXTRA_CONNECTIONS } from "../limits.ts";

/**
 * Bounds the connections of every kind: the hub counts WebSocket alone, and the attack is to keep open what never
 * becomes one. It leaves some for pages and probes beside those, so that a WebSocket too many is still told so by the
 * hub. A trusted proxy has none of its own, for it connects for everybody; nor has loopback, as with the hub.
 *
 * @param limits.cut takes the address of each that was cut
 */
export function boundConnections(server: Server, limits: ConnectionLimits): void {
  const { maxConnections, maxConnectionsPerAddress, proxies, cut } = limits;
  const perNetwork = new Map<string, number>();
  server.maxConnections = maxConnections + EXTRA_CONNECTIONS;
  server.on("drop", (dropped) => cut(dropped?.remoteAddress ?? ""));
  server.on("connection", (socket: Socket) => {
    const address = unmapped(socket.remoteAddress ?? "");
    if (address === "" || isLoopback(address) || proxies.trusts(address)) return;
    const network = networkOf(address);
    const count = (perNetwork.get(network) ?? 0) + 1;
    if (count > maxConnectionsPerAddress + EXTRA_CONNECTIONS) {
      socket.destroy();
      return cut(address);
    }
    perNetwork.set(network, count);
    socket.once("close", () => {
      const left = perNetwork.get(network)! - 1;
      if (left > 0) perNetwork.set(network, left);
      else perNetwork.delete(network);
    });
  });
}

type ConnectionLimits = {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly proxies: TrustedProxies;
  readonly cut: (address: string) => void;
};
