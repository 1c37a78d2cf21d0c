// The limit: a relay that does nothing but what a relay must. One read for each sender and turn of its loop, one write
// for each member and turn, and no work for a delivery beyond that. It believes its clients and cuts whoever is odd.
//
//   relay.c      the loop: accept, read, and at the turn's end one write a member
//   handshake.c  the answer to an upgrade
//   room.c       what a room was told in this turn

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
  char *at;
  size_t length, capacity;
};

/// A stretch of what a room was told.
struct stretch {
  size_t start, end;
};

struct client {
  int fd;
  unsigned id;
  bool isOpen, waitsForSpace;
  struct room *room;
  /// Where it stands among its room's members.
  size_t place;
  struct bytes rest, waiting;
  /// How much of what is waiting has been written.
  size_t written;
  /// Its own messages of this turn, which it does not get.
  struct stretch *own;
  size_t ownCount, ownCapacity;
};

struct room {
  char name[64];
  struct client **members;
  size_t count, capacity;
  /// The frames of this turn.
  struct bytes told;
  bool isTouched;
};

void append(struct bytes *, const void *, size_t);
void writeTo(struct client *, const char *, size_t);
void cut(struct client *);

// handshake.c
/// Takes an upgrade off what came and answers it. Returns its length, 0 where it is not all there.
size_t shakeHands(struct client *, const char *at, size_t length);

// room.c
struct room *roomNamed(const char *name, size_t length);
void enter(struct room *, struct client *);
void leave(struct client *);
/// "Client (3) : text", to all others.
void say(struct client *, const char *text, size_t length);
/// The turn is over: each member of each room that was told something gets one write.
void handOut(void);
