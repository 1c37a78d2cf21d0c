// Socket.IO as its guide shows it, with rooms, over WebSocket alone.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const server = new Server(http, { transports: ["websocket"], serveClient: false });
let lastId = 0;

server.on("connection", (socket) => {
  const id = ++lastId;
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("message", (text) => socket.to(room).emit("message", `Client (${id}) : ${text}`));
});

http.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  console.log(`ws://127.0.0.1:${http.address().port}`);
});
