/*
 * Records what a process does to its database files, for the checker of power cuts (images.ts): loaded with LD_PRELOAD,
 * it passes every call on and writes down, in the order in which they ended, writes, cuts and syncs of the files whose
 * paths begin with POWER_PREFIX. A sync is written down twice: where it began and where it ended, since a write that
 * comes between is not covered by it. It takes POWER_SYNC_US longer for each write that it covers, as on a slow disk, so that
 * other threads do write meanwhile.
 *
 * A record: type (1), file (1), 2 bytes free, length (4), offset (8), then the bytes; little-endian.
 * Types: o opened (the bytes: what follows the prefix), w written, t cut, b sync begun, e ended (offset: its number),
 * u unlinked.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define DESCRIPTORS 65536
#define FILES 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* 0: not recorded; else its file's number. */
static uint8_t file_of[DESCRIPTORS];
static char names[FILES][64];
static int file_count = 1;
static int trace = -1;
static const char *prefix;
static uint64_t syncs;
static unsigned sync_us;
/* Since the last sync of each file. */
static unsigned writes[FILES];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void append(char type, uint8_t file, uint64_t offset, const void *bytes, uint32_t length) {
  uint8_t head[16] = {(uint8_t)type, file, 0, 0};
  memcpy(head + 4, &length, 4);
  memcpy(head + 8, &offset, 8);
  ssize_t (*put)(int, const void *, size_t) = REAL(write);
  if (put(trace, head, sizeof head) != sizeof head) abort();
  for (uint32_t at = 0; at < length;) {
    ssize_t written = put(trace, (const char *)bytes + at, length - at);
    if (written <= 0) abort();
    at += (uint32_t)written;
  }
}

static void begin(void) {
  if (trace >= 0 || prefix) return;
  prefix = getenv("POWER_PREFIX");
  const char *path = getenv("POWER_TRACE");
  if (!prefix || !path) {
    prefix = "\1";
    return;
  }
  const char *slow = getenv("POWER_SYNC_US");
  sync_us = slow ? (unsigned)atoi(slow) : 0;
  int (*real_open)(const char *, int, ...) = REAL(open);
  trace = real_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Under the lock. 0 where it is not recorded. */
static uint8_t number_of(const char *path) {
  begin();
  size_t length = strlen(prefix);
  if (trace < 0 || strncmp(path, prefix, length) != 0) return 0;
  const char *rest = path + length;
  /* The index of the log is rebuilt, whatever is in it. */
  if (strcmp(rest, "-shm") == 0 || strlen(rest) >= 64) return 0;
  for (int n = 1; n < file_count; n++)
    if (strcmp(names[n], rest) == 0) return (uint8_t)n;
  if (file_count == FILES) abort();
  strcpy(names[file_count], rest);
  append('o', (uint8_t)file_count, 0, rest, (uint32_t)strlen(rest));
  return (uint8_t)file_count++;
}

static int opened(int fd, const char *path) {
  if (fd < 0 || fd >= DESCRIPTORS) return fd;
  pthread_mutex_lock(&lock);
  file_of[fd] = number_of(path);
  pthread_mutex_unlock(&lock);
  return fd;
}

#define OPENING(name)                                                          \
  int name(const char *path, int flags, ...) {                                 \
    mode_t mode = 0;                                                           \
    if (flags & (O_CREAT | O_TMPFILE)) {                                       \
      va_list rest;                                                            \
      va_start(rest, flags);                                                   \
      mode = va_arg(rest, mode_t);                                             \
      va_end(rest);                                                            \
    }                                                                          \
    return opened(REAL(name)(path, flags, mode), path);                        \
  }
OPENING(open)
OPENING(open64)

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < DESCRIPTORS) file_of[fd] = 0;
  pthread_mutex_unlock(&lock);
  return REAL(close)(fd);
}

static uint8_t recorded(int fd) { return fd >= 0 && fd < DESCRIPTORS ? file_of[fd] : 0; }

#define WRITING(name, type)                                                    \
  ssize_t name(int fd, const void *bytes, size_t length, type offset) {        \
    uint8_t file = recorded(fd);                                               \
    if (!file) return REAL(name)(fd, bytes, length, offset);                   \
    pthread_mutex_lock(&lock);                                                 \
    ssize_t written = REAL(name)(fd, bytes, length, offset);                   \
    writes[file] += 1;                                                         \
    if (written > 0) append('w', file, (uint64_t)offset, bytes, (uint32_t)written); \
    pthread_mutex_unlock(&lock);                                               \
    return written;                                                            \
  }
WRITING(pwrite, off_t)
WRITING(pwrite64, off64_t)

#define CUTTING(name, type)                                                    \
  int name(int fd, type length) {                                              \
    uint8_t file = recorded(fd);                                               \
    if (!file) return REAL(name)(fd, length);                                  \
    pthread_mutex_lock(&lock);                                                 \
    int result = REAL(name)(fd, length);                                       \
    if (result == 0) append('t', file, (uint64_t)length, NULL, 0);             \
    pthread_mutex_unlock(&lock);                                               \
    return result;                                                             \
  }
CUTTING(ftruncate, off_t)
CUTTING(ftruncate64, off64_t)

#define SYNCING(name)                                                          \
  int name(int fd) {                                                           \
    uint8_t file = recorded(fd);                                               \
    if (!file) return REAL(name)(fd);                                          \
    pthread_mutex_lock(&lock);                                                 \
    uint64_t number = ++syncs;                                                 \
    append('b', file, number, NULL, 0);                                        \
    unsigned covered = writes[file];                                           \
    writes[file] = 0;                                                          \
    pthread_mutex_unlock(&lock);                                               \
    int result = REAL(name)(fd);                                               \
    usleep(covered * sync_us);                                                 \
    pthread_mutex_lock(&lock);                                                 \
    if (result == 0) append('e', file, number, NULL, 0);                       \
    pthread_mutex_unlock(&lock);                                               \
    return result;                                                             \
  }
SYNCING(fsync)
SYNCING(fdatasync)

int unlink(const char *path) {
  pthread_mutex_lock(&lock);
  uint8_t file = number_of(path);
  int result = REAL(unlink)(path);
  if (file && result == 0) append('u', file, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
