// The relay natter began with, on the hub alone: what the hub costs, without sessions and without a disk.

import { type Client, Hub } from "@natter/hub";

const hub = new Hub({ port: 0 });
const rooms = new WeakMap<Client, string>();

hub.on("connect", (client, request) => {
  rooms.set(client, request.url!);
  client.join(request.url!);
});
hub.on("message", (client, text) =>
  hub.publish(rooms.get(client)!, `Client (${client.id}) : ${text}`, { except: client }),
);

await hub.listen();
console.log(`ws://127.0.0.1:${hub.address!.port}`);
