// A node as a process of its own, which tests kill and stop. Prints its name, and what it is told.
// Arguments: URL, namespace, room.

import { openRedisBus } from "../open.ts";

const [url = "", namespace = "", room = ""] = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const bus = await openRedisBus({ url, namespace });
bus.listen({ gone: (node) => print(`gone ${node}`), down: () => print("down"), back: () => print("back") });
await bus.subscribe(`room:${room}`, (hint) => print(`heard ${JSON.stringify(hint)}`));
await bus.publish(`room:${room}`, { type: "went", person: "me", n: 0 });
print(`name ${bus.node}`);
