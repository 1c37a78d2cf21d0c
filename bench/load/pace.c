// Who sends next, and when: either at a steady pace, or as soon as an earlier message of the room has come to all. That
// is seen by the receivers' counts, for not every server sends a message back to who sent it.

#include <stdlib.h>

#include "load.h"

/// A server that is so many messages behind is not going to keep the pace.
#define TOO_FAR_BEHIND 20000

static uint64_t startedUs, sentInAll;
static uint32_t *touched, touchedCount, perRoom;
static char text[65536];

static void sendOne(uint32_t index, uint64_t us) {
  struct room *room = &rooms[index];
  uint32_t place = room->nextSender;
  room->nextSender = (place + 1) % options.senders;
  struct member *from = &members[(uint64_t)place * options.rooms + index];
  uint32_t count = room->counts[place]++;
  size_t length = makeText(text, from, count, us);
  options.protocol->say(from, text, length, count);
  room->sent++;
  sentInAll++;
  if (isMeasuring) figures.messages++;
}

void startSending(uint64_t us) {
  startedUs = us;
  perRoom = options.outstanding / options.rooms;
  if (perRoom == 0) perRoom = 1;
  touched = calloc(options.rooms, sizeof *touched);
  for (uint32_t index = 0; index < options.rooms; index++) roomTouched(index);
}

void roomTouched(uint32_t index) {
  if (!touched || rooms[index].isTouched) return;
  rooms[index].isTouched = true;
  touched[touchedCount++] = index;
}

static int64_t sendSteadily(uint64_t us) {
  uint64_t all = 0;
  for (;;) {
    if (options.messages > 0 && sentInAll == options.messages) return 100000;
    uint64_t dueUs = startedUs + (uint64_t)(sentInAll * 1e6 / options.rate);
    if (dueUs > us) return dueUs - us;
    if (++all > TOO_FAR_BEHIND) fail("the pace is more than can be sent");
    sendOne(sentInAll % options.rooms, dueUs);
  }
}

static int64_t sendAsTheyArrive(uint64_t us) {
  uint32_t each = deliveriesEach();
  for (uint32_t i = 0; i < touchedCount; i++) {
    struct room *room = &rooms[touched[i]];
    room->isTouched = false;
    while (room->sent - room->delivered / each < perRoom) sendOne(touched[i], us);
  }
  touchedCount = 0;
  return 100000;
}

int64_t sendDue(uint64_t us) { return options.rate > 0 ? sendSteadily(us) : sendAsTheyArrive(us); }

