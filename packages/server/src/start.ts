import type { AddressInfo } from "node:net";
import { Hub } from "@natter/hub";
import { MessageRate } from "./access/message-rate.ts";
import { createAccessPolicy } from "./access/policy.ts";
import type { Config } from "./config/options.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { createApp } from "./http/app.ts";
import { servePlainChat } from "./plain/chat.ts";
import { type Guest, readGuest } from "./plain/guest.ts";
import { portError } from "./start-error.ts";
import { VERSION } from "./version.ts";

/** Time that clients have to answer the goodbye, in ms, so that all is over within five seconds. */
const CLOSE_TIMEOUT_MS = 3_000;

export type Running = {
  /** Lines for whoever started it: the addresses and the data folder. */
  readonly greeting: readonly string[];
  readonly port: number;
  readonly wsPort: number;
  /** Says goodbye to everybody (1001) and frees the ports. */
  stop(): Promise<void>;
};

export type Output = {
  /** Who comes and goes. */
  print(line: string): void;
  /** What whoever runs it may want to act on. */
  warn(line: string): void;
};

/**
 * Puts the parts together and opens both ports.
 *
 * @throws {StartError} with a sentence for the person who started it; nothing is left open then
 */
export async function start(config: Config, { print, warn }: Output): Promise<Running> {
  const folder = prepareDataFolder(config.data);
  const access = createAccessPolicy(config);

  const hub = new Hub<Guest>({
    port: config.wsPort,
    host: config.host,
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    protocols: [],
    admit: (request) => {
      const reason = access(request.headers);
      if (reason !== undefined) {
        warn(`403: ${reason}`);
        return { refuse: 403, reason };
      }
      const answer = readGuest(request.url ?? "/");
      return "guest" in answer ? { data: answer.guest } : answer;
    },
  });
  servePlainChat(hub, new MessageRate(config.messageRate), print);
  await hub.listen().catch((error) => {
    throw portError(error, config.wsPort, config.host, "--ws-port");
  });
  const wsPort = hub.address!.port;

  // Behind a public URL only one port need be open, so pages connect to where they came from.
  const app = createApp({ access, warn, wsPort: config.publicUrl ? "" : String(wsPort) });
  hub.attach({ server: app.server });
  const stop = async (): Promise<void> => {
    await Promise.all([hub.close({ code: 1001, reason: "The server is stopping." }), app.close()]);
  };
  await app.listen({ port: config.port, host: config.host }).catch(async (error) => {
    await stop();
    throw portError(error, config.port, config.host, "--port");
  });
  const { port } = app.server.address() as AddressInfo;

  const greeting = [
    `natter ${VERSION}`,
    `  Page       http://${shown(config.host)}:${port}`,
    `  WebSocket  ws://${shown(config.host)}:${wsPort}`,
    `  Data       ${folder}`,
  ];
  return { greeting, port, wsPort, stop };
}

/** An address as one would open it. */
function shown(host: string): string {
  if (["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
