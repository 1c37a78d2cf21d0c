import type { Target } from "../../conformance/peer.ts";
import { MAIN, Natter } from "../../support/natter.ts";

export function target({ wsPort }: Natter): Target {
  return { host: "127.0.0.1", port: wsPort };
}

/** A natter that may have so many files and sockets open. */
export async function startWithHandles(handles: number, folder: string): Promise<Natter> {
  const limited = ["-c", `ulimit -n ${handles}; exec "$0" "$@"`, process.execPath, ...MAIN];
  const natter = new Natter("sh", [...limited, "--port", "0", "--ws-port", "0", "--data", folder]);
  natter.folder = folder;
  natter.port = Number((await natter.line(/http:\/\/\S+:(\d+)$/))[1]);
  natter.wsPort = Number((await natter.line(/ws:\/\/\S+:(\d+)$/))[1]);
  return natter;
}
