// The load generator of the fan-out benchmark: members of rooms that send, receive, count and check. In C, on one
// thread, so that it can outrun every server it measures. What each file is for:
//
//   main.c        the run, from the first connection to the figures
//   figures.c     what it found, as JSON
//   options.c     what it is asked for
//   members.c     connections: making them, reading and writing them
//   frames.c      the handshake and the frames of WebSocket
//   protocols.c   what is said inside of frames, to each kind of server
//   messages.c    a text that tells who sent it and when, and whether it came as it went
//   pace.c        who sends next, and when
//   server-cpu.c  what the server's process has used, and all others

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Bytes that grow.
struct bytes {
  char *at;
  size_t length, capacity;
};

struct member {
  int fd;
  uint32_t room;
  /// Its place in its room: the first ones are the senders.
  uint32_t place;
  enum { CONNECTING, UPGRADING, JOINING, READY, GONE } state;
  /// Each of its messages is looked into; of others only the count is taken.
  bool checked;
  /// Never reads, so that others show what that costs them.
  bool stalled;
  bool waitsForSpace, isDirty;
  /// The beginning of a frame whose rest has not come.
  struct bytes rest;
  /// What is to be written.
  struct bytes out;
  /// For protocols whose messages do not keep to frames.
  struct bytes stream;
  /// Of each sender of the room, how many of its messages have come.
  uint32_t *seen;
  /// How many of those it lacked have come.
  uint32_t caughtUp;
};

struct room {
  uint64_t sent, delivered;
  uint32_t nextSender;
  /// Of each of its senders, how many it has sent.
  uint32_t *counts;
  bool isTouched;
};

/// What a kind of server wants to hear and how it answers.
struct protocol {
  const char *name;
  /// Whoever sends gets it as well.
  bool echoes;
  /// Writes path and headers of the handshake.
  void (*request)(struct member *);
  /// The connection is a WebSocket now.
  void (*opened)(struct member *);
  /// A frame came.
  void (*heard)(struct member *, int opcode, const char *payload, size_t length);
  void (*say)(struct member *, const char *text, size_t length, uint32_t count);
};

struct list {
  int at[16];
  uint32_t count;
};

struct options {
  /// Of one server, or of several: the members of a room go from one to the next.
  struct list ports, serverPids;
  /// Of what the servers need, such as a database.
  struct list besidePids;
  const struct protocol *protocol;
  uint32_t members, rooms, outstanding, size, connecting;
  /// In each room.
  uint32_t senders, stalled;
  /// Messages a second, in all rooms together; 0: as many as `outstanding` allows.
  double rate;
  /// After how many messages in all to stop; 0: never.
  uint64_t messages;
  /// natter.v1: each member is the same person in every run.
  bool knowsWho;
  /// natter.v1: how many events of its room a member holds, and how many it lacks, which all have to come.
  uint32_t since, behind;
  const char *epoch;
  double warmSeconds, seconds, settleSeconds, holdSeconds;
  /// How long members may take to join, and what was sent to arrive after the end.
  double patienceSeconds;
  bool echoOnly;
};

struct figures {
  uint64_t deliveries, messages, reads, wrongOrder, wrongText, checked, closed;
  uint64_t bytesRead;
};

extern struct options options;
extern struct figures figures;
extern struct member *members;
extern struct room *rooms;
extern uint32_t ready;
/// Members who lack nothing any more.
extern uint32_t upToDate;
extern bool isMeasuring;
/// When the bytes now looked at were read.
extern uint64_t heardAtUs;

// main.c
void fail(const char *what) __attribute__((noreturn));
uint64_t nowUs(void);
/// How many deliveries one message makes.
uint32_t deliveriesEach(void);

// members.c
void startMembers(void);
void connectMore(void);
/// Writes what is to be written, waits for at most so long, and reads what came.
void turn(int64_t us);
void append(struct bytes *, const void *, size_t);
/// Leaves with the next turn.
void sendRaw(struct member *, const char *bytes, size_t length);
void joined(struct member *);
void lose(struct member *);

// frames.c
/// Text or binary, masked as a client has to.
void sendFrame(struct member *, int opcode, const char *payload, size_t length);
/// Each takes what it is named after off what came, and returns its length, 0 where it is not all there.
size_t takeAnswer(struct member *, const char *at, size_t left);
size_t takeFrame(struct member *, const char *at, size_t left);

// options.c
void readOptions(int count, char **args);

// protocols.c
const struct protocol *protocolNamed(const char *name);

// messages.c
void startMessages(void);
size_t makeText(char *text, const struct member *, uint32_t count, uint64_t us);
/// One message came: counts it, and looks into it where that is to be.
void delivered(struct member *, const char *payload, size_t length);
/// One event came that the member lacked.
void madeGood(struct member *, const char *event, size_t length);
uint64_t latencyQuantile(double part);
uint64_t latencyMean(void);

// pace.c
void startSending(uint64_t us);
/// Sends what is due. Returns the µs until more is.
int64_t sendDue(uint64_t us);
void roomTouched(uint32_t room);

// server-cpu.c
/// User and system time of processes, their threads and their children, in ns.
uint64_t cpuOf(const struct list *pids);
/// Resident memory in bytes.
uint64_t memoryOf(const struct list *pids);
/// What the whole machine has used of all its cores, in ns.
uint64_t cpuOfAll(void);

// figures.c
struct moment {
  uint64_t us, serverNs, besideNs, loadNs, allNs;
};
struct moment look(void);
struct story {
  struct moment start, ready, caughtUp, measured, done;
  uint64_t serverBytesBefore, serverBytesAfter, serverBytesAtEnd, sent, delivered, expected;
};
void tell(const struct story *);
