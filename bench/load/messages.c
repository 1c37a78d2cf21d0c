// A text is "~", its sender's place in the room, its number and the time it was due to be sent, and from there on
// characters that follow from those: so that whoever gets it can tell whether it came once, in order, whole and when.
// No character of it means anything to JSON, and "~" stands nowhere else in what a server says.

#include <stdlib.h>
#include <string.h>

#include "load.h"

#define HEAD 15
#define MAX_TEXT 65536
/// 32 steps for each doubling: within 3 %.
#define STEP_BITS 5
#define BUCKETS (40 << STEP_BITS)

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static char filling[MAX_TEXT + 64];
static uint8_t digits[256];
static uint64_t latencies[BUCKETS], latencyCount, latencySum;

void startMessages(void) {
  for (size_t i = 0; i < sizeof filling; i++) filling[i] = ALPHABET[i & 63];
  for (int i = 0; i < 64; i++) digits[(uint8_t)ALPHABET[i]] = i;
}

static void put(char *at, uint64_t number, int places) {
  while (places-- > 0) at[places] = ALPHABET[number & 63], number >>= 6;
}

static uint64_t get(const char *at, int places) {
  uint64_t number = 0;
  for (int i = 0; i < places; i++) number = number << 6 | digits[(uint8_t)at[i]];
  return number;
}

static const char *fillingOf(uint32_t place, uint32_t count) {
  return filling + ((place * 7 + count) & 63);
}

size_t makeText(char *text, const struct member *from, uint32_t count, uint64_t us) {
  text[0] = '~';
  put(text + 1, from->place, 3);
  put(text + 4, count, 5);
  put(text + 9, us, 6);
  memcpy(text + HEAD, fillingOf(from->place, count), options.size - HEAD);
  return options.size;
}

static int bucketOf(uint64_t us) {
  if (us < 1 << STEP_BITS) return us;
  int doublings = 63 - __builtin_clzll(us) - STEP_BITS;
  int bucket = (doublings << STEP_BITS) + (us >> doublings);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

static uint64_t middleOf(int bucket) {
  if (bucket < 2 << STEP_BITS) return bucket;
  int doublings = (bucket >> STEP_BITS) - 1;
  uint64_t start = (uint64_t)(bucket - (doublings << STEP_BITS)) << doublings;
  return start + (1ull << doublings) / 2;
}

static void check(struct member *to, const char *payload, size_t length) {
  const char *text = memchr(payload, '~', length);
  if (!text || text + options.size > payload + length) {
    figures.wrongText++;
    return;
  }
  uint32_t place = get(text + 1, 3), count = get(text + 4, 5);
  if (place >= options.senders) {
    figures.wrongText++;
    return;
  }
  figures.checked++;
  if (memcmp(text + HEAD, fillingOf(place, count), options.size - HEAD)) figures.wrongText++;
  if (count != to->seen[place]) figures.wrongOrder++;
  to->seen[place] = count + 1;
  if (!isMeasuring) return;
  uint64_t sentUs = get(text + 9, 6);
  uint64_t took = heardAtUs > sentUs ? heardAtUs - sentUs : 0;
  latencies[bucketOf(took)]++;
  latencyCount++;
  latencySum += took;
}

void delivered(struct member *to, const char *payload, size_t length) {
  rooms[to->room].delivered++;
  if (isMeasuring) figures.deliveries++;
  if (to->checked) check(to, payload, length);
}

void madeGood(struct member *to, const char *event, size_t length) {
  const char *seq = memmem(event, length, "\"seq\":", 6);
  figures.checked++;
  if (!seq || strtoul(seq + 6, NULL, 10) != options.since + to->caughtUp + 1) figures.wrongOrder++;
  if (++to->caughtUp == options.behind) upToDate++;
}

uint64_t latencyQuantile(double part) {
  uint64_t wanted = latencyCount * part, passed = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    passed += latencies[bucket];
    if (passed > wanted) return middleOf(bucket);
  }
  return 0;
}

uint64_t latencyMean(void) { return latencyCount ? latencySum / latencyCount : 0; }
