import type { IncomingMessage } from "node:http";
import type { Admission, Client, Hub } from "@natter/hub";
import { SUBPROTOCOL } from "@natter/protocol";
import { addressFault, addressReader, peerOf, type TrustedProxies } from "./access/client-address.ts";
import { ambiguityOf } from "./access/headers.ts";
import type { AccessPolicy } from "./access/policy.ts";
import { TOO_MANY_REQUESTS } from "./access/request-rate.ts";
import type { Chat } from "./chat.ts";
import { type Guest, readGuest } from "./plain/guest.ts";
import { PlainClient } from "./plain/plain-client.ts";
import { comeBackMs } from "./sessions/come-back.ts";
import { Session } from "./sessions/session.ts";

/** A connection as the hub carries it: a plain client said in its URL who it is and where; others say so later. */
export type Visitor = { readonly guest?: Guest; side?: ServerSide };

/** What the server keeps of one connection, whichever of the two kinds it is. */
type ServerSide = {
  receive(message: string | Uint8Array): void;
  /** More waits for it than may: whether it can go on from the log, or has to go. */
  fallBehind(): "keep" | "cut";
  end(): void;
  /** The server stops, and may be there again after so many ms. */
  restart(retryAfterMs: number): void;
};

/**
 * Decides at the handshake who may come in, and as what.
 *
 * @param mayAsk counts a handshake of that address, or says after how many ms there is room for it
 * @param mayArrive the same for a plain client
 */
export function admit({
  access,
  proxies,
  mayAsk,
  mayArrive,
}: {
  access: AccessPolicy;
  proxies: TrustedProxies;
  mayAsk: (address: string) => number;
  mayArrive: (address: string) => number;
}) {
  const addressOf = addressReader(proxies);
  return (request: IncomingMessage): Admission<Visitor> => {
    const { headers, url = "/" } = request;
    const fault = ambiguityOf(request) ?? addressFault(request, proxies);
    if (fault !== undefined) return { refuse: 400, reason: fault };
    const reason = access(headers);
    if (reason !== undefined) return { refuse: 403, reason };
    const address = addressOf(request, peerOf(request));
    const requestWaitMs = mayAsk(address);
    if (requestWaitMs > 0) return tooManyFrom(requestWaitMs, TOO_MANY_REQUESTS);
    // The hub lets in nobody who offers subprotocols without ours; with ours, the path means nothing (H2).
    if (headers["sec-websocket-protocol"] !== undefined) return { data: {} };
    const answer = readGuest(url);
    if ("refuse" in answer) return answer;
    // Everybody in the room hears who comes and who goes, so that is not free (M9).
    const waitMs = mayArrive(address);
    if (waitMs > 0) return tooManyFrom(waitMs, "Too many messages and newcomers from your address.");
    return { data: { guest: answer.guest } };
  };
}

function tooManyFrom(waitMs: number, reason: string): Admission<Visitor> {
  return { refuse: 429, reason, retryAfterS: Math.ceil(waitMs / 1_000) };
}

/** What becomes of a client that takes less than comes. */
export function onSlow(client: Client<Visitor>): "keep" | "cut" {
  return client.data.side?.fallBehind() ?? "cut";
}

/** Serves everybody who connects to the hub, plain clients and those of natter.v1. */
export function serveVisitors(hub: Hub<Visitor>, chat: Chat): void {
  hub.on("connect", (client) => {
    const { guest } = client.data;
    const isPlain = client.protocol !== SUBPROTOCOL;
    client.data.side = isPlain ? new PlainClient(chat, client, guest!) : new Session(chat, client);
  });
  hub.on("message", (client, message) => client.data.side?.receive(message));
  hub.on("disconnect", (client) => client.data.side?.end());
}

/** Tells everybody that the server stops, and those who can come back, when. */
export function sayRestarting(clients: Iterable<Client<Visitor>>): void {
  for (const client of clients) client.data.side?.restart(comeBackMs(client.id));
}
