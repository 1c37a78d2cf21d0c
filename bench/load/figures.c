#include <stdio.h>

#include "load.h"

static double seconds(uint64_t from, uint64_t to, double each) { return (to - from) / each; }

static void tellDouble(const char *name, double value) { printf("\"%s\":%.6f,", name, value); }

static void tellCount(const char *name, uint64_t value) { printf("\"%s\":%llu,", name, (unsigned long long)value); }

void tell(const struct story *story) {
  const struct moment *start = &story->start, *joined = &story->ready, *from = &story->measured, *to = &story->done;
  printf("{");
  tellDouble("joinSeconds", seconds(start->us, joined->us, 1e6));
  tellDouble("joinServerCpuSeconds", seconds(start->serverNs, joined->serverNs, 1e9));
  tellDouble("joinLoadCpuSeconds", seconds(start->loadNs, joined->loadNs, 1e9));
  tellDouble("caughtUpSeconds", seconds(start->us, story->caughtUp.us, 1e6));
  tellDouble("caughtUpServerCpuSeconds", seconds(start->serverNs, story->caughtUp.serverNs, 1e9));
  tellCount("serverBytesBefore", story->serverBytesBefore);
  tellCount("serverBytesAfter", story->serverBytesAfter);
  tellCount("serverBytesAtEnd", story->serverBytesAtEnd);
  tellDouble("seconds", seconds(from->us, to->us, 1e6));
  tellDouble("serverCpuSeconds", seconds(from->serverNs, to->serverNs, 1e9));
  tellDouble("besideCpuSeconds", seconds(from->besideNs, to->besideNs, 1e9));
  tellDouble("loadCpuSeconds", seconds(from->loadNs, to->loadNs, 1e9));
  tellDouble("allCpuSeconds", seconds(from->allNs, to->allNs, 1e9));
  tellCount("messages", figures.messages);
  tellCount("deliveries", figures.deliveries);
  tellCount("reads", figures.reads);
  tellCount("bytesRead", figures.bytesRead);
  tellCount("meanUs", latencyMean());
  tellCount("p50Us", latencyQuantile(0.5));
  tellCount("p99Us", latencyQuantile(0.99));
  tellCount("maxUs", latencyQuantile(0.999999));
  tellCount("checked", figures.checked);
  tellCount("wrongOrder", figures.wrongOrder);
  tellCount("wrongText", figures.wrongText);
  tellCount("closed", figures.closed);
  tellCount("sentInAll", story->sent);
  tellCount("expectedInAll", story->expected);
  printf("\"deliveredInAll\":%llu}\n", (unsigned long long)story->delivered);
}
