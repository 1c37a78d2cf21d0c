#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "load.h"

struct figures figures;
struct member *members;
struct room *rooms;
uint32_t ready, upToDate;
bool isMeasuring;
uint64_t heardAtUs;

void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

uint64_t nowUs(void) {
  static uint64_t start;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t us = (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
  if (start == 0) start = us;
  return us - start;
}

uint32_t deliveriesEach(void) {
  if (options.echoOnly) return 1;
  uint32_t each = options.members / options.rooms - options.stalled;
  return options.protocol->echoes ? each : each - 1;
}

struct moment look(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  uint64_t seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec;
  uint64_t us = used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  return (struct moment){nowUs(), cpuOf(&options.serverPids), cpuOf(&options.besidePids), seconds * 1000000000 + us * 1000, cpuOfAll()};
}

static uint64_t totalOf(bool sent) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < options.rooms; i++) total += sent ? rooms[i].sent : rooms[i].delivered;
  return total;
}

static void listenFor(double seconds) {
  for (uint64_t end = nowUs() + seconds * 1e6, now; (now = nowUs()) < end;) turn(end - now);
}

static void sendFor(double seconds) {
  for (uint64_t end = nowUs() + seconds * 1e6, now; (now = nowUs()) < end;) {
    int64_t until = sendDue(now), left = end - now;
    turn(until < left ? until : left);
  }
}

static void letAllJoin(void) {
  uint64_t end = nowUs() + options.patienceSeconds * 1e6;
  while (ready < options.members) {
    connectMore();
    turn(100000);
    if (nowUs() > end) fail("not all could join");
  }
}

static void letAllCatchUp(void) {
  uint64_t end = nowUs() + options.patienceSeconds * 1e6;
  while (options.behind > 0 && upToDate < options.members) {
    turn(100000);
    if (nowUs() > end) fail("not all caught up");
  }
}

int main(int count, char **args) {
  readOptions(count, args);
  startMessages();
  startMembers();
  struct story story = {.serverBytesBefore = memoryOf(&options.serverPids), .start = look()};
  letAllJoin();
  story.ready = look();
  letAllCatchUp();
  story.caughtUp = look();
  listenFor(options.settleSeconds + options.holdSeconds);
  story.serverBytesAfter = memoryOf(&options.serverPids);
  struct moment measured = look();
  if (options.seconds > 0) {
    startSending(nowUs());
    sendFor(options.warmSeconds);
    measured = look();
    isMeasuring = true;
    sendFor(options.seconds);
    isMeasuring = false;
  }
  story.measured = measured;
  story.done = look();
  story.serverBytesAtEnd = memoryOf(&options.serverPids);
  story.sent = totalOf(true);
  story.expected = story.sent * deliveriesEach();
  for (uint64_t end = nowUs() + options.patienceSeconds * 1e6; totalOf(false) < story.expected && nowUs() < end;) turn(10000);
  listenFor(0.1); // what came twice would come now
  story.delivered = totalOf(false);
  tell(&story);
}
