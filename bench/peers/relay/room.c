#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "relay.h"

static struct room **rooms, **touched;
static size_t roomCount, touchedCount;

struct room *roomNamed(const char *name, size_t length) {
  for (size_t i = 0; i < roomCount; i++)
    if (strlen(rooms[i]->name) == length && memcmp(rooms[i]->name, name, length) == 0) return rooms[i];
  rooms = realloc(rooms, (roomCount + 1) * sizeof *rooms);
  touched = realloc(touched, (roomCount + 1) * sizeof *touched);
  struct room *room = calloc(1, sizeof *room);
  memcpy(room->name, name, length);
  return rooms[roomCount++] = room;
}

void enter(struct room *room, struct client *client) {
  if (room->count == room->capacity) {
    room->capacity = room->capacity * 2 + 16;
    room->members = realloc(room->members, room->capacity * sizeof *room->members);
  }
  client->room = room;
  client->place = room->count;
  room->members[room->count++] = client;
}

void leave(struct client *client) {
  struct room *room = client->room;
  if (!room) return;
  struct client *last = room->members[--room->count];
  room->members[client->place] = last;
  last->place = client->place;
  client->room = NULL;
}

static void remember(struct client *client, struct stretch own) {
  if (client->ownCount > 0 && client->own[client->ownCount - 1].end == own.start) {
    client->own[client->ownCount - 1].end = own.end;
    return;
  }
  if (client->ownCount == client->ownCapacity) {
    client->ownCapacity = client->ownCapacity * 2 + 4;
    client->own = realloc(client->own, client->ownCapacity * sizeof *client->own);
  }
  client->own[client->ownCount++] = own;
}

void say(struct client *client, const char *text, size_t length) {
  struct room *room = client->room;
  char name[32];
  size_t nameLength = sprintf(name, "Client (%u) : ", client->id), whole = nameLength + length;
  uint8_t head[4] = {0x81, whole};
  size_t headLength = 2, start = room->told.length;
  if (whole >= 126) head[1] = 126, head[2] = whole >> 8, head[3] = whole, headLength = 4;
  append(&room->told, head, headLength);
  append(&room->told, name, nameLength);
  append(&room->told, text, length);
  remember(client, (struct stretch){start, room->told.length});
  if (room->isTouched) return;
  room->isTouched = true;
  touched[touchedCount++] = room;
}

/// All that the room was told, but for what the member said itself.
static void handTo(struct client *member, const struct bytes *told) {
  if (member->ownCount == 0) {
    writeTo(member, told->at, told->length);
    return;
  }
  static struct bytes others;
  others.length = 0;
  size_t from = 0;
  for (size_t i = 0; i < member->ownCount; i++) {
    append(&others, told->at + from, member->own[i].start - from);
    from = member->own[i].end;
  }
  append(&others, told->at + from, told->length - from);
  member->ownCount = 0;
  if (others.length > 0) writeTo(member, others.at, others.length);
}

void handOut(void) {
  for (size_t i = 0; i < touchedCount; i++) {
    struct room *room = touched[i];
    for (size_t place = room->count; place-- > 0;) handTo(room->members[place], &room->told);
    room->told.length = 0;
    room->isTouched = false;
  }
  touchedCount = 0;
}
