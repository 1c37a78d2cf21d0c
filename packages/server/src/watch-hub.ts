import type { Client, Departure, Hub } from "@natter/hub";
import { SUBPROTOCOL } from "@natter/protocol";
import { type Log, stackOf } from "./log/log.ts";
import type { Meters } from "./metrics/meters.ts";
import type { Visitor } from "./visitors.ts";

/** Close codes by which a client is told that it may not, or cannot now; others are goodbyes. */
const REFUSING_CODES: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1011, 1013]);
/** Somebody asked for an address that is none: no business of an operator. */
const NOT_FOUND = 404;

/** Logs and counts who comes, goes, and is not let in. */
export function watchHub(hub: Hub<Visitor>, { log, meters }: WatchParts): void {
  hub.on("refuse", ({ status, reason, address }) => {
    meters.refused("http", status);
    if (status !== NOT_FOUND) log("refused", { status, reason, address });
  });
  hub.on("connect", (client) => {
    const kind = kindOf(client);
    meters.connected(kind);
    log("connected", { connection: client.id, kind, address: client.address });
  });
  hub.on("disconnect", (client, departure) => {
    const { code, why } = departure;
    meters.disconnected(kindOf(client));
    log("disconnected", { connection: client.id, code, why });
    if (isRefusal(departure)) meters.refused("close", code);
    if (why !== "slow") return;
    meters.slowReaderCut();
    log("cut_off", { connection: client.id, address: client.address, why });
  });
  hub.on("error", (error) => log("unexpected", { error: stackOf(error) }));
}

export type WatchParts = { readonly log: Log; readonly meters: Meters };

function kindOf({ protocol }: Client<Visitor>): "v1" | "plain" {
  return protocol === SUBPROTOCOL ? "v1" : "plain";
}

/** By us, that is: what a client says as it leaves is its own choice. */
function isRefusal({ code, why }: Departure): boolean {
  return (why === "closed" || why === "invalid") && REFUSING_CODES.has(code);
}
