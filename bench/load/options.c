#include <stdlib.h>
#include <string.h>

#include "load.h"

#define MAX_SIZE 32768
#define MIN_SIZE 16

struct options options = {.members = 2, .rooms = 1, .senders = 1, .outstanding = 64, .size = 100,
                          .connecting = 64, .warmSeconds = 1, .seconds = 3, .settleSeconds = 0.5,
                          .patienceSeconds = 60};

static struct list numbers(const char *value) {
  struct list list = {.count = 0};
  for (const char *at = value; at; at = strchr(at, ',')) {
    if (list.count == sizeof list.at / sizeof *list.at) fail("no more than 16 servers");
    at += *at == ',';
    list.at[list.count++] = atoi(at);
  }
  return list;
}

static void number(const char *name, const char *value) {
  double number = atof(value);
  uint32_t whole = number;
  if (!strcmp(name, "members")) options.members = whole;
  else if (!strcmp(name, "rooms")) options.rooms = whole;
  else if (!strcmp(name, "senders")) options.senders = whole;
  else if (!strcmp(name, "stalled")) options.stalled = whole;
  else if (!strcmp(name, "outstanding")) options.outstanding = whole;
  else if (!strcmp(name, "size")) options.size = whole;
  else if (!strcmp(name, "connecting")) options.connecting = whole;
  else if (!strcmp(name, "echo")) options.echoOnly = whole;
  else if (!strcmp(name, "since")) options.since = whole;
  else if (!strcmp(name, "behind")) options.behind = whole;
  else if (!strcmp(name, "persons")) options.knowsWho = whole;
  else if (!strcmp(name, "messages")) options.messages = whole;
  else if (!strcmp(name, "rate")) options.rate = number;
  else if (!strcmp(name, "warm")) options.warmSeconds = number;
  else if (!strcmp(name, "seconds")) options.seconds = number;
  else if (!strcmp(name, "settle")) options.settleSeconds = number;
  else if (!strcmp(name, "hold")) options.holdSeconds = number;
  else if (!strcmp(name, "patience")) options.patienceSeconds = number;
  else fail("no such option");
}

void readOptions(int count, char **args) {
  for (int i = 1; i + 1 < count; i += 2) {
    const char *name = args[i] + 2;
    if (!strcmp(name, "protocol")) options.protocol = protocolNamed(args[i + 1]);
    else if (!strcmp(name, "epoch")) options.epoch = args[i + 1];
    else if (!strcmp(name, "port")) options.ports = numbers(args[i + 1]);
    else if (!strcmp(name, "server")) options.serverPids = numbers(args[i + 1]);
    else if (!strcmp(name, "beside")) options.besidePids = numbers(args[i + 1]);
    else number(name, args[i + 1]);
  }
  if (!options.protocol || options.ports.count == 0) fail("usage: load --protocol NAME --port PORT [--option NUMBER] …");
  if (options.members % options.rooms || options.senders > options.members / options.rooms - options.stalled)
    fail("members have to share rooms evenly, and senders have to be among those who read");
  if (options.size < MIN_SIZE || options.size > MAX_SIZE) fail("no message of that size");
}
