// The chat natter began with, whole, on @natter/hub: each client hears of the others, and nobody hears himself.
// Run it with `npm run origin` and connect as many clients as you like to ws://localhost:9001/.

import { type Client, Hub } from "@natter/hub";

const hub = new Hub({ port: Number(process.argv[2] ?? 9001) });

hub.on("connect", (client) => announce(`New client (${client.id}) connected`, client));
hub.on("message", (client, text) => hub.broadcast(`Client (${client.id}) : ${text}`, { except: client }));
hub.on("disconnect", (client) => announce(`Client (${client.id}) left`));

function announce(line: string, except?: Client) {
  console.log(line);
  hub.broadcast(line, { except });
}

await hub.listen();
