import type { Server } from "node:http";
import type { Socket } from "node:net";
import { unreadable } from "@natter/hub";
import { unmapped } from "../access/client-address.ts";

/** Whoever sends no request, or sends one too slowly, is answered before anybody asks for what: it is only told of here. */
export function watchUnreadable(server: Server, refused: (refusal: Refused) => void): void {
  // Before Fastify answers and cuts it, or the address is gone.
  server.prependListener("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const fault = unreadable(error);
    if (fault === undefined || !socket.writable) return;
    const address = unmapped(socket.remoteAddress ?? "");
    refused({ status: fault.status, reason: fault.message, address, saidNothing: socket.bytesRead === 0 });
  });
}

export type Refused = {
  readonly status: number;
  readonly reason: string;
  readonly address: string;
  /** As browsers do that connect before they know of anything to ask for. */
  readonly saidNothing: boolean;
};
