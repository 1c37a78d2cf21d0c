// Bun's own publish, which is uWebSockets: topics in C++, batches per turn of the loop.

let lastId = 0;

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request, own) {
    const room = new URL(request.url).pathname;
    if (own.upgrade(request, { data: { id: ++lastId, room } })) return undefined;
    return new Response("This port speaks WebSocket.", { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    backpressureLimit: 64 * 1024 * 1024,
    open: (socket) => socket.subscribe(socket.data.room),
    message: (socket, text) => void socket.publish(socket.data.room, `Client (${socket.data.id}) : ${text}`),
  },
});

console.log(`ws://127.0.0.1:${server.port}`);
