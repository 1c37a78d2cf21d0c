#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

static uint64_t cpuOfProcess(int pid);

static uint64_t cpuOfThread(int pid, const char *thread) {
  char path[320];
  snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, thread);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  unsigned long long ns = 0;
  if (fscanf(file, "%llu", &ns) != 1) ns = 0;
  fclose(file);
  return ns;
}

static uint64_t cpuOfChildren(int pid, const char *thread) {
  char path[320];
  snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, thread);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  uint64_t ns = 0;
  for (int child; fscanf(file, "%d", &child) == 1;) ns += cpuOfProcess(child);
  fclose(file);
  return ns;
}

static uint64_t cpuOfProcess(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (!threads) return 0;
  uint64_t ns = 0;
  for (struct dirent *each; (each = readdir(threads));) {
    if (each->d_name[0] == '.') continue;
    ns += cpuOfThread(pid, each->d_name) + cpuOfChildren(pid, each->d_name);
  }
  closedir(threads);
  return ns;
}

uint64_t cpuOf(const struct list *pids) {
  uint64_t ns = 0;
  for (uint32_t i = 0; i < pids->count; i++) ns += cpuOfProcess(pids->at[i]);
  return ns;
}

uint64_t cpuOfAll(void) {
  FILE *file = fopen("/proc/stat", "r");
  if (!file) return 0;
  // user, nice, system, idle, iowait, irq, softirq, steal: in ticks of the clock
  unsigned long long at[8] = {0};
  int found = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", at, at + 1, at + 2, at + 3, at + 4, at + 5,
                     at + 6, at + 7);
  fclose(file);
  if (found != 8) return 0;
  return (at[0] + at[1] + at[2] + at[5] + at[6] + at[7]) * (1000000000ull / sysconf(_SC_CLK_TCK));
}

static uint64_t memoryOfProcess(int pid) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  unsigned long long kib = 0;
  while (fgets(line, sizeof line, file))
    if (sscanf(line, "VmRSS: %llu", &kib) == 1) break;
  fclose(file);
  return kib * 1024;
}

uint64_t memoryOf(const struct list *pids) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < pids->count; i++) bytes += memoryOfProcess(pids->at[i]);
  return bytes;
}
