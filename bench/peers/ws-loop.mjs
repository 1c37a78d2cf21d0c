// What one writes first: a loop over those of the room, and a send for each. With "echo", the least a server of `ws`
// can do: each message goes back to who sent it.

import { WebSocketServer } from "ws";

const echoes = process.argv[2] === "echo";
const rooms = new Map();
let lastId = 0;
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", backlog: 4096, perMessageDeflate: false });

server.on("connection", (socket, request) => {
  const id = ++lastId;
  const room = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, room.add(socket));
  socket.on("close", () => room.delete(socket));
  socket.on("error", () => {});
  socket.on("message", (message) => {
    if (echoes) return socket.send(message.toString());
    const line = `Client (${id}) : ${message}`;
    for (const other of room) if (other !== socket) other.send(line);
  });
});

server.on("listening", () => console.log(`ws://127.0.0.1:${server.address().port}`));
