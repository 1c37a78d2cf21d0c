// The conformance suite: docs/protocol.md, section by section, over raw WebSockets. It shares no code with any server
// or client: whatever speaks natter.v1 can be held to it.

import { describe } from "node:test";
import { acknowledgement } from "./acknowledgement.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { frames } from "./frames.ts";
import { hello } from "./hello.ts";
import { history } from "./history.ts";
import { joining } from "./joining.ts";
import { limits, rates } from "./limits.ts";
import { names } from "./names.ts";
import type { Target } from "./peer.ts";
import { plainClients } from "./plain.ts";
import { presence } from "./presence.ts";
import { readPositions } from "./read-positions.ts";
import { rooms } from "./rooms.ts";
import { sending } from "./sending.ts";
import { slowReaders } from "./slow-readers.ts";
import { who } from "./who.ts";

const SECTIONS = [
  ...[hello, slowReaders, plainClients, presence, frames, who, names, rooms, events, joining, history],
  ...[sending, acknowledgement, readPositions, limits, errors],
];

/** Nearly all rules. Some take half a minute of waiting, so all tests run at the same time, in rooms of their own. */
export function conformance(target: Target): void {
  describe("natter.v1", { concurrency: true }, () => {
    for (const section of SECTIONS) section(target);
  });
}

export { rates };
