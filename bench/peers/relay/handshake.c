#include <stdio.h>
#include <string.h>

#include "relay.h"

/// From RFC 6455 section 1.3.
static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static uint32_t turned(uint32_t word, int by) { return word << by | word >> (32 - by); }

static void addBlock(uint32_t sum[5], const uint8_t *block) {
  uint32_t w[80], a = sum[0], b = sum[1], c = sum[2], d = sum[3], e = sum[4];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[i * 4] << 24 | block[i * 4 + 1] << 16 | block[i * 4 + 2] << 8 | block[i * 4 + 3];
  for (int i = 16; i < 80; i++) w[i] = turned(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  for (int i = 0; i < 80; i++) {
    uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
    uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
    uint32_t next = turned(a, 5) + f + e + k + w[i];
    e = d, d = c, c = turned(b, 30), b = a, a = next;
  }
  sum[0] += a, sum[1] += b, sum[2] += c, sum[3] += d, sum[4] += e;
}

/// SHA-1 of a text that fits into two blocks: a key and the GUID do.
static void sha1(const char *text, size_t length, uint8_t digest[20]) {
  uint32_t sum[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  uint8_t blocks[128] = {0};
  size_t size = length + 9 > 64 ? 128 : 64;
  memcpy(blocks, text, length);
  blocks[length] = 0x80;
  blocks[size - 2] = length * 8 >> 8, blocks[size - 1] = length * 8;
  for (size_t at = 0; at < size; at += 64) addBlock(sum, blocks + at);
  for (int i = 0; i < 20; i++) digest[i] = sum[i / 4] >> (24 - i % 4 * 8);
}

static void base64(const uint8_t *from, char *to) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 21; i += 3) {
    uint32_t three = from[i] << 16 | from[i + 1] << 8 | (i + 2 < 20 ? from[i + 2] : 0);
    for (int j = 0; j < 4; j++) *to++ = digits[three >> (18 - 6 * j) & 63];
  }
  to[-1] = '=', to[0] = 0;
}

size_t shakeHands(struct client *client, const char *at, size_t length) {
  const char *end = memmem(at, length, "\r\n\r\n", 4);
  if (!end) return 0;
  char head[2048], key[64] = "", path[64] = "", text[128], accept[32], answer[256];
  size_t size = end - at < 2047 ? end - at : 2047;
  memcpy(head, at, size), head[size] = 0;
  char *found = strcasestr(head, "sec-websocket-key:");
  if (!found || sscanf(head, "GET %63s", path) != 1 || sscanf(found + 18, " %63s", key) != 1) {
    cut(client);
    return 0;
  }
  uint8_t digest[20];
  int textLength = snprintf(text, sizeof text, "%s%s", key, GUID);
  sha1(text, textLength, digest);
  base64(digest, accept);
  int answerLength = snprintf(answer, sizeof answer,
                              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Accept: %s\r\n\r\n",
                              accept);
  writeTo(client, answer, answerLength);
  client->isOpen = true;
  enter(roomNamed(path, strlen(path)), client);
  return end + 4 - at;
}
