#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

#define READ_AT_ONCE (1 << 18)
#define TURN_EVENTS 1024
/// Enough to know latencies well, few enough that looking into messages is not what is measured.
#define MEMBERS_CHECKED 64

static int epoll;
static uint32_t started;
static struct member **dirty;
static uint32_t dirtyCount;
static char *reading;
static size_t readingCapacity;

void append(struct bytes *to, const void *from, size_t length) {
  if (length == 0) return;
  if (to->length + length > to->capacity) {
    to->capacity = (to->length + length) * 2;
    to->at = realloc(to->at, to->capacity);
  }
  memcpy(to->at + to->length, from, length);
  to->length += length;
}

static void release(struct bytes *bytes) {
  free(bytes->at);
  *bytes = (struct bytes){0};
}

void startMembers(void) {
  epoll = epoll_create1(0);
  members = calloc(options.members, sizeof *members);
  rooms = calloc(options.rooms, sizeof *rooms);
  dirty = calloc(options.members, sizeof *dirty);
  for (uint32_t i = 0; i < options.rooms; i++) rooms[i].counts = calloc(options.senders, sizeof(uint32_t));
  uint32_t each = options.members / options.rooms, step = options.members / MEMBERS_CHECKED;
  for (uint32_t i = 0; i < options.members; i++) {
    struct member *member = &members[i];
    member->room = i % options.rooms;
    member->place = i / options.rooms;
    member->stalled = member->place >= each - options.stalled;
    member->checked = !member->stalled && (step < 2 || i % step == 0);
    if (member->checked) member->seen = calloc(options.senders, sizeof *member->seen);
  }
}

static void watch(struct member *member, int how) {
  struct epoll_event event = {.data.ptr = member};
  event.events = member->stalled && member->state == READY ? EPOLLRDHUP : EPOLLIN;
  if (member->waitsForSpace || member->state == CONNECTING) event.events |= EPOLLOUT;
  epoll_ctl(epoll, how, member->fd, &event);
}

static void begin(struct member *member) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  const struct list *ports = &options.ports;
  to.sin_port = htons(ports->at[(member->room + member->place) % ports->count]);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  member->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (member->fd < 0) fail("no more sockets: see ulimit -n");
  int on = 1;
  setsockopt(member->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Ends with a reset, so that ten thousand ends do not keep their ports from the next run.
  struct linger now = {.l_onoff = 1, .l_linger = 0};
  setsockopt(member->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  // Its system shall have taken enough before a measurement is over.
  int little = 1 << 16;
  if (member->stalled) setsockopt(member->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
  if (connect(member->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) fail("cannot connect");
  watch(member, EPOLL_CTL_ADD);
}

void connectMore(void) {
  while (started < options.members && started - ready < options.connecting) begin(&members[started++]);
}

void lose(struct member *member) {
  if (member->state == GONE) return;
  if (member->state != READY) fail("the server closed a connection before it was in its room");
  member->state = GONE;
  close(member->fd);
  figures.closed++;
}

void joined(struct member *member) {
  if (member->state == READY) return;
  member->state = READY;
  ready++;
  if (member->stalled) watch(member, EPOLL_CTL_MOD);
}

void sendRaw(struct member *member, const char *bytes, size_t length) {
  append(&member->out, bytes, length);
  if (member->isDirty) return;
  member->isDirty = true;
  dirty[dirtyCount++] = member;
}

static void flush(struct member *member) {
  if (member->state == CONNECTING || member->state == GONE) return;
  ssize_t sent = send(member->fd, member->out.at, member->out.length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return lose(member);
  if (sent < 0) sent = 0;
  member->out.length -= sent;
  memmove(member->out.at, member->out.at + sent, member->out.length);
  bool waits = member->out.length > 0;
  if (waits != member->waitsForSpace) {
    member->waitsForSpace = waits;
    watch(member, EPOLL_CTL_MOD);
  }
}

static void readFrom(struct member *member) {
  struct bytes *rest = &member->rest;
  size_t had = rest->length;
  if (had + READ_AT_ONCE > readingCapacity) reading = realloc(reading, readingCapacity = had + READ_AT_ONCE);
  ssize_t got = recv(member->fd, reading + had, READ_AT_ONCE, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return lose(member);
  heardAtUs = nowUs();
  if (isMeasuring) figures.reads++, figures.bytesRead += got;
  memcpy(reading, rest->at, had);
  const char *at = reading;
  size_t left = had + got;
  while (left > 0 && member->state != GONE) {
    size_t taken = member->state == UPGRADING ? takeAnswer(member, at, left)
                                              : takeFrame(member, at, left);
    if (taken == 0) break;
    at += taken, left -= taken;
  }
  rest->length = 0;
  if (left > 0) append(rest, at, left);
  else if (rest->capacity > 4096) release(rest);
  roomTouched(member->room);
}

/// Before it is waited: what is to be sent shall not wait as well.
static void flushAll(void) {
  for (uint32_t i = 0; i < dirtyCount; i++) {
    dirty[i]->isDirty = false;
    flush(dirty[i]);
  }
  dirtyCount = 0;
}

void turn(int64_t us) {
  struct epoll_event events[TURN_EVENTS];
  struct timespec patience = {us / 1000000, us % 1000000 * 1000};
  flushAll();
  int count = epoll_pwait2(epoll, events, TURN_EVENTS, &patience, NULL);
  for (int i = 0; i < count; i++) {
    struct member *member = events[i].data.ptr;
    if (member->state == GONE) continue;
    if (member->state == CONNECTING) {
      if (events[i].events & (EPOLLERR | EPOLLHUP)) fail("the server refused a connection");
      member->state = UPGRADING;
      options.protocol->request(member);
      watch(member, EPOLL_CTL_MOD);
    } else if (events[i].events & EPOLLOUT) flush(member);
    if (events[i].events & EPOLLRDHUP) lose(member);
    else if (events[i].events & (EPOLLIN | EPOLLHUP)) readFrom(member);
  }
}
