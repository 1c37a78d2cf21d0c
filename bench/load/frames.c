#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

void sendFrame(struct member *member, int opcode, const char *payload, size_t length) {
  static char frame[80000];
  uint32_t mask = rand();
  size_t head = 2;
  frame[0] = 0x80 | opcode;
  if (length < 126) frame[1] = 0x80 | length;
  else frame[1] = 0x80 | 126, frame[2] = length >> 8, frame[3] = length, head = 4;
  memcpy(frame + head, &mask, 4);
  head += 4;
  const char *key = (const char *)&mask;
  for (size_t i = 0; i < length; i++) frame[head + i] = payload[i] ^ key[i & 3];
  sendRaw(member, frame, head + length);
}

size_t takeAnswer(struct member *member, const char *at, size_t length) {
  const char *end = memmem(at, length, "\r\n\r\n", 4);
  if (!end) return 0;
  if (length < 12 || memcmp(at + 9, "101", 3) != 0) {
    fprintf(stderr, "the server answered %.*s\n", (int)(end - at), at);
    exit(1);
  }
  member->state = JOINING;
  if (options.protocol->opened) options.protocol->opened(member);
  return end + 4 - at;
}

size_t takeFrame(struct member *member, const char *bytes, size_t left) {
  const uint8_t *at = (const uint8_t *)bytes;
  if (left < 2) return 0;
  size_t length = at[1] & 0x7f, head = 2;
  if (length == 126) {
    if (left < 4) return 0;
    length = at[2] << 8 | at[3], head = 4;
  } else if (length == 127) {
    if (left < 10) return 0;
    length = 0, head = 10;
    for (int i = 2; i < 10; i++) length = length << 8 | at[i];
  }
  if (left < head + length) return 0;
  int opcode = at[0] & 0x0f;
  const char *payload = bytes + head;
  if (opcode == 8) {
    fprintf(stderr, "the server closed with %.*s\n", (int)(length > 2 ? length - 2 : 0), payload + 2);
    lose(member);
  } else if (opcode == 9) sendFrame(member, 10, payload, length);
  else options.protocol->heard(member, opcode, payload, length);
  return head + length;
}
