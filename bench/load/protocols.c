#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { TEXT = 1, BINARY = 2 };

static bool startsWith(const char *payload, size_t length, const char *start) {
  size_t wanted = strlen(start);
  return length >= wanted && memcmp(payload, start, wanted) == 0;
}

static void sendText(struct member *to, const char *text) { sendFrame(to, TEXT, text, strlen(text)); }

static void ask(struct member *from, const char *path, const char *more) {
  char request[512];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                        path, options.ports.at[0], more);
  sendRaw(from, request, length);
}

// A relay without a protocol: text in, "Client (3) : text" out to all others of the room, which the path names.

static void askForRoom(struct member *from) {
  char path[64];
  snprintf(path, sizeof path, "/room-%u", from->room);
  ask(from, path, "");
}

static void sayPlainly(struct member *from, const char *text, size_t length, uint32_t count) {
  (void)count;
  sendFrame(from, TEXT, text, length);
}

/// Not "Client (3) left".
static bool isLine(const char *payload, size_t length) {
  if (!startsWith(payload, length, "Client (")) return false;
  const char *end = memchr(payload, ')', length);
  return end && end + 2 < payload + length && end[2] == ':';
}

static void heardPlainly(struct member *to, int opcode, const char *payload, size_t length) {
  if (opcode > BINARY || length == 0) return;
  if (payload[0] == '~' || isLine(payload, length)) delivered(to, payload, length);
}

// natter.v1

static void askForNatter(struct member *from) { ask(from, "/", "Sec-WebSocket-Protocol: natter.v1\r\n"); }

static void joinNatter(struct member *from) {
  char hello[128], join[160], since[96] = "", session[64] = "";
  // Secret enough for a benchmark: the form of one, and the member's own.
  if (options.knowsWho) sprintf(session, ",\"session\":\"bench%038u\"", (unsigned)(from - members));
  if (options.behind) snprintf(since, sizeof since, ",\"since\":%u,\"epoch\":\"%s\"", options.since, options.epoch);
  snprintf(hello, sizeof hello, "{\"type\":\"hello\",\"name\":\"Bench\"%s}", session);
  snprintf(join, sizeof join, "{\"type\":\"join\",\"room\":\"room-%u\"%s}", from->room, since);
  sendText(from, hello);
  sendText(from, join);
}

static void sayInNatter(struct member *from, const char *text, size_t length, uint32_t count) {
  static char frame[70000];
  int size = snprintf(frame, sizeof frame,
                      "{\"type\":\"send\",\"room\":\"room-%u\",\"id\":\"%u-%u\",\"text\":\"%.*s\"}",
                      from->room, from->place, count, (int)length, text);
  sendFrame(from, TEXT, frame, size);
}

static void heardInNatter(struct member *to, int opcode, const char *payload, size_t length) {
  if (opcode != TEXT) return;
  bool isEvent = startsWith(payload, length, "{\"type\":\"event\"");
  if (isEvent && to->caughtUp < options.behind) madeGood(to, payload, length);
  else if (isEvent) delivered(to, payload, length);
  else if (startsWith(payload, length, "{\"type\":\"joined\"")) joined(to);
  else if (startsWith(payload, length, "{\"type\":\"error\"")) {
    fprintf(stderr, "the server said %.*s\n", (int)length, payload);
    exit(1);
  }
}

// Socket.IO 4 on engine.io 4, https://socket.io/docs/v4/engine-io-protocol

static void askForSocketIo(struct member *from) {
  char path[96];
  snprintf(path, sizeof path, "/socket.io/?EIO=4&transport=websocket&room=room-%u", from->room);
  ask(from, path, "");
}

static void sayInSocketIo(struct member *from, const char *text, size_t length, uint32_t count) {
  (void)count;
  static char frame[70000];
  int size = snprintf(frame, sizeof frame, "42[\"message\",\"%.*s\"]", (int)length, text);
  sendFrame(from, TEXT, frame, size);
}

static void heardInSocketIo(struct member *to, int opcode, const char *payload, size_t length) {
  if (opcode != TEXT) return;
  if (startsWith(payload, length, "42")) delivered(to, payload, length);
  else if (startsWith(payload, length, "40")) joined(to);
  else if (startsWith(payload, length, "0")) sendText(to, "40");
  else if (startsWith(payload, length, "2")) sendText(to, "3");
}

// NATS in WebSocket frames, which its messages do not keep to, https://docs.nats.io/reference/reference-protocols

static void joinNats(struct member *from) {
  char subscribe[160];
  snprintf(subscribe, sizeof subscribe,
           "CONNECT {\"verbose\":false,\"pedantic\":false,\"echo\":false}\r\nSUB room-%u 1\r\nPING\r\n", from->room);
  sendFrame(from, BINARY, subscribe, strlen(subscribe));
}

static void sayInNats(struct member *from, const char *text, size_t length, uint32_t count) {
  (void)count;
  static char frame[70000];
  int size = snprintf(frame, sizeof frame, "PUB room-%u %zu\r\n%.*s\r\n", from->room, length, (int)length, text);
  sendFrame(from, BINARY, frame, size);
}

/// Takes one message off the stream. Returns its length, 0 where it is not all there.
static size_t takeNats(struct member *to, const char *at, size_t length) {
  const char *end = memchr(at, '\n', length);
  if (!end) return 0;
  size_t line = end + 1 - at;
  if (startsWith(at, length, "PONG")) joined(to);
  else if (startsWith(at, length, "PING")) sendFrame(to, BINARY, "PONG\r\n", 6);
  else if (startsWith(at, length, "-ERR")) fprintf(stderr, "NATS said %.*s", (int)line, at);
  else if (startsWith(at, length, "MSG ")) {
    const char *size = end;
    while (size[-1] != ' ') size--;
    size_t payload = strtoul(size, NULL, 10), whole = line + payload + 2;
    if (length < whole) return 0;
    delivered(to, at + line, payload);
    return whole;
  }
  return line;
}

static void heardInNats(struct member *to, int opcode, const char *payload, size_t length) {
  if (opcode > BINARY) return;
  struct bytes *stream = &to->stream;
  bool hasRest = stream->length > 0;
  if (hasRest) append(stream, payload, length);
  const char *at = hasRest ? stream->at : payload;
  size_t left = hasRest ? stream->length : length;
  for (size_t taken; left > 0 && (taken = takeNats(to, at, left)) > 0;) at += taken, left -= taken;
  if (hasRest) memmove(stream->at, at, left), stream->length = left;
  else append(stream, at, left);
}

static void askPlainly(struct member *from) { ask(from, "/", ""); }

static const struct protocol PROTOCOLS[] = {
    {"plain", false, askForRoom, joined, heardPlainly, sayPlainly},
    {"natter.v1", true, askForNatter, joinNatter, heardInNatter, sayInNatter},
    {"socket.io", false, askForSocketIo, NULL, heardInSocketIo, sayInSocketIo},
    {"nats", false, askPlainly, joinNats, heardInNats, sayInNats},
};

const struct protocol *protocolNamed(const char *name) {
  for (size_t i = 0; i < sizeof PROTOCOLS / sizeof *PROTOCOLS; i++)
    if (strcmp(PROTOCOLS[i].name, name) == 0) return &PROTOCOLS[i];
  fail("no such protocol");
}
