#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"

#define READ_AT_ONCE (1 << 18)
/// All that may be ready in a turn, so that a turn is everybody's.
#define TURN_EVENTS 16384

static int epoll;
static char reading[READ_AT_ONCE * 2];

void append(struct bytes *to, const void *from, size_t length) {
  if (to->length + length > to->capacity) {
    to->capacity = (to->length + length) * 2;
    to->at = realloc(to->at, to->capacity);
  }
  if (length > 0) memcpy(to->at + to->length, from, length);
  to->length += length;
}

static void watch(struct client *client, int how) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
  if (client->waitsForSpace) event.events |= EPOLLOUT;
  epoll_ctl(epoll, how, client->fd, &event);
}

/// It is not freed: this turn may still have events for it, and a benchmark is over soon.
void cut(struct client *client) {
  if (client->fd < 0) return;
  leave(client);
  close(client->fd);
  client->fd = -1;
}

void writeTo(struct client *client, const char *bytes, size_t length) {
  if (client->fd < 0) return;
  ssize_t sent = client->waitsForSpace ? 0 : send(client->fd, bytes, length, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) return cut(client);
  if (sent == (ssize_t)length) return;
  if (sent < 0) sent = 0;
  append(&client->waiting, bytes + sent, length - sent);
  if (client->waitsForSpace) return;
  client->waitsForSpace = true;
  watch(client, EPOLL_CTL_MOD);
}

static void writeWaiting(struct client *client) {
  struct bytes *waiting = &client->waiting;
  ssize_t sent = send(client->fd, waiting->at + client->written, waiting->length - client->written, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN ? (void)0 : cut(client);
  client->written += sent;
  if (client->written < waiting->length) return;
  client->written = waiting->length = 0;
  client->waitsForSpace = false;
  watch(client, EPOLL_CTL_MOD);
}

/// Takes one frame of a client, whose frames are masked. Returns its length, 0 where it is not all there.
static size_t takeFrame(struct client *client, uint8_t *at, size_t left) {
  if (left < 6) return 0;
  size_t length = at[1] & 0x7f, head = 2;
  if (length == 126) length = at[2] << 8 | at[3], head = 4;
  if (length == 127) return cut(client), 0;
  if (left < head + 4 + length) return 0;
  const uint8_t *mask = at + head;
  uint8_t *payload = at + head + 4;
  for (size_t i = 0; i < length; i++) payload[i] ^= mask[i & 3];
  if ((at[0] & 0x0f) == 8) return cut(client), 0;
  if ((at[0] & 0x0f) <= 2) say(client, (char *)payload, length);
  return head + 4 + length;
}

static void readFrom(struct client *client) {
  struct bytes *rest = &client->rest;
  size_t had = rest->length;
  if (had > READ_AT_ONCE) return cut(client);
  ssize_t got = recv(client->fd, reading + had, READ_AT_ONCE, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return cut(client);
  if (had > 0) memcpy(reading, rest->at, had);
  char *at = reading;
  size_t left = had + got;
  for (size_t taken; left > 0 && client->fd >= 0; at += taken, left -= taken) {
    taken = client->isOpen ? takeFrame(client, (uint8_t *)at, left) : shakeHands(client, at, left);
    if (taken == 0) break;
  }
  rest->length = 0;
  if (left > 0) append(rest, at, left);
}

static void acceptAll(int listener) {
  static unsigned lastId;
  for (int fd, on = 1; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct client *client = calloc(1, sizeof *client);
    client->fd = fd;
    client->id = ++lastId;
    watch(client, EPOLL_CTL_ADD);
  }
}

static int listenSomewhere(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0) exit(1);
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("ws://127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(void) {
  static struct epoll_event events[TURN_EVENTS];
  epoll = epoll_create1(0);
  int listener = listenSomewhere();
  struct epoll_event coming = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &coming);
  for (;;) {
    int count = epoll_wait(epoll, events, TURN_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct client *client = events[i].data.ptr;
      if (!client) acceptAll(listener);
      else if (client->fd >= 0) {
        if (events[i].events & EPOLLOUT) writeWaiting(client);
        if (client->fd >= 0 && events[i].events & ~EPOLLOUT) readFrom(client);
      }
    }
    handOut();
  }
}
