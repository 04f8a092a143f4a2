/*
 * Records what processes do to the files below a folder, for the checker of power cuts (disk.ts): loaded with LD_PRELOAD,
 * it passes every call on and writes down, in the order in which they ended, writes, cuts, syncs, and what becomes of
 * names. A sync is written down twice: where it began and where it ended, since a write that comes between is not covered
 * by it. It takes POWER_SYNC_US longer for each write that it covers, as on a slow disk, so that other threads do write
 * meanwhile. Several processes may write one trace.
 *
 * A record: type (1), 3 bytes free, length (4), inode (8), offset (8), then the bytes; little-endian. Paths are told from
 * POWER_ROOT on. Types: o opened (the bytes: its path; offset: 1 made, 2 a folder, else 0), w written, t cut, b sync begun,
 * e ended (offset: its number), m folder made, u unlinked, r renamed and l linked (the bytes: both paths, a zero between).
 */
#include "../preload.h"
#include <pthread.h>
#define PATH_MAX_BYTES 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* 0: not recorded. */
static uint64_t inode_of[DESCRIPTORS];
static unsigned writes[DESCRIPTORS];
static int trace = -2;
static const char *root;
static uint64_t syncs;
static unsigned sync_us;

static int begun(void) {
  if (trace != -2) return trace >= 0;
  trace = -1;
  root = getenv("POWER_ROOT");
  const char *path = getenv("POWER_TRACE");
  const char *slow = getenv("POWER_SYNC_US");
  sync_us = slow ? (unsigned)atoi(slow) : 0;
  /* By its number, that it tells a sync from another process's. */
  syncs = (uint64_t)getpid() << 30;
  if (root && path) trace = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  return trace >= 0;
}

/* In one call, which appends whole. */
static void append(char type, uint64_t inode, uint64_t offset, const void *bytes, size_t length) {
  uint8_t head[24] = {(uint8_t)type};
  uint32_t size = (uint32_t)length;
  memcpy(head + 4, &size, 4);
  memcpy(head + 8, &inode, 8);
  memcpy(head + 16, &offset, 8);
  struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
  if (REAL(writev)(trace, parts, 2) != (ssize_t)(sizeof head + length)) abort();
}

/* What follows the root; NULL where it is not recorded. The index of the log is rebuilt, whatever is in it. */
static const char *below(const char *path) {
  if (!path || !begun()) return NULL;
  size_t length = strlen(root);
  size_t whole = strlen(path);
  if (strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != 0)) return NULL;
  if (whole >= PATH_MAX_BYTES || (whole > 4 && strcmp(path + whole - 4, "-shm") == 0)) return NULL;
  return path[length] == '/' ? path + length + 1 : path + length;
}

static int opened(int fd, const char *name, int flags, int was_there) {
  struct stat info;
  if (fd < 0 || fd >= DESCRIPTORS || fstat(fd, &info) != 0) return fd;
  inode_of[fd] = info.st_ino;
  writes[fd] = 0;
  uint64_t how = S_ISDIR(info.st_mode) ? 2 : !was_there;
  append('o', info.st_ino, how, name, strlen(name));
  if (was_there && flags & O_TRUNC) append('t', info.st_ino, 0, NULL, 0);
  return fd;
}

#define OPENING(function)                                                      \
  int function(const char *path, int flags, ...) {                             \
    MODE_AFTER(flags)                                                          \
    pthread_mutex_lock(&lock);                                                 \
    const char *name = below(path);                                            \
    int was_there = name && access(path, F_OK) == 0;                           \
    if (!name) pthread_mutex_unlock(&lock);                                    \
    int fd = REAL(function)(path, flags, mode);                                \
    if (!name) return fd;                                                      \
    opened(fd, name, flags, was_there);                                        \
    pthread_mutex_unlock(&lock);                                               \
    return fd;                                                                 \
  }
OPENING(open)
OPENING(open64)

/* 0 too where the descriptor has become another's behind this library's back. */
static uint64_t recorded(int fd) {
  struct stat info;
  if (fd < 0 || fd >= DESCRIPTORS || !inode_of[fd]) return 0;
  if (fstat(fd, &info) != 0 || info.st_ino != inode_of[fd]) inode_of[fd] = 0;
  return inode_of[fd];
}

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (fd >= 0 && fd < DESCRIPTORS) inode_of[fd] = 0;
  pthread_mutex_unlock(&lock);
  return REAL(close)(fd);
}

#define WRITING(function, type)                                                \
  ssize_t function(int fd, const void *bytes, size_t length, type offset) {    \
    uint64_t inode = recorded(fd);                                             \
    if (!inode) return REAL(function)(fd, bytes, length, offset);              \
    pthread_mutex_lock(&lock);                                                 \
    ssize_t written = REAL(function)(fd, bytes, length, offset);               \
    writes[fd] += 1;                                                           \
    if (written > 0) append('w', inode, (uint64_t)offset, bytes, (size_t)written); \
    pthread_mutex_unlock(&lock);                                               \
    return written;                                                            \
  }
WRITING(pwrite, off_t)
WRITING(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
  uint64_t inode = recorded(fd);
  if (!inode) return REAL(write)(fd, bytes, length);
  pthread_mutex_lock(&lock);
  ssize_t written = REAL(write)(fd, bytes, length);
  writes[fd] += 1;
  if (written > 0) append('w', inode, (uint64_t)(lseek(fd, 0, SEEK_CUR) - written), bytes, (size_t)written);
  pthread_mutex_unlock(&lock);
  return written;
}

#define CUTTING(function, type)                                                \
  int function(int fd, type length) {                                          \
    uint64_t inode = recorded(fd);                                             \
    if (!inode) return REAL(function)(fd, length);                             \
    pthread_mutex_lock(&lock);                                                 \
    int result = REAL(function)(fd, length);                                   \
    if (result == 0) append('t', inode, (uint64_t)length, NULL, 0);            \
    pthread_mutex_unlock(&lock);                                               \
    return result;                                                             \
  }
CUTTING(ftruncate, off_t)
CUTTING(ftruncate64, off64_t)

#define SYNCING(function)                                                      \
  int function(int fd) {                                                       \
    uint64_t inode = recorded(fd);                                             \
    if (!inode) return REAL(function)(fd);                                     \
    pthread_mutex_lock(&lock);                                                 \
    uint64_t number = ++syncs;                                                 \
    append('b', inode, number, NULL, 0);                                       \
    unsigned covered = writes[fd];                                             \
    writes[fd] = 0;                                                            \
    pthread_mutex_unlock(&lock);                                               \
    int result = REAL(function)(fd);                                           \
    usleep(covered * sync_us);                                                 \
    pthread_mutex_lock(&lock);                                                 \
    if (result == 0) append('e', inode, number, NULL, 0);                      \
    pthread_mutex_unlock(&lock);                                               \
    return result;                                                             \
  }
SYNCING(fsync)
SYNCING(fdatasync)

#define NAMING(function, type, parameters, ...)                                \
  int function parameters {                                                    \
    pthread_mutex_lock(&lock);                                                 \
    const char *name = below(path);                                            \
    int result = REAL(function)(__VA_ARGS__);                                  \
    if (name && result == 0) append(type, 0, 0, name, strlen(name));           \
    pthread_mutex_unlock(&lock);                                               \
    return result;                                                             \
  }
NAMING(unlink, 'u', (const char *path), path)
NAMING(mkdir, 'm', (const char *path, mode_t mode), path, mode)

#define MOVING(function, type)                                                 \
  int function(const char *from, const char *to) {                             \
    char both[2 * PATH_MAX_BYTES];                                             \
    pthread_mutex_lock(&lock);                                                 \
    const char *old_name = below(from);                                        \
    const char *new_name = below(to);                                          \
    int result = REAL(function)(from, to);                                     \
    if (old_name && new_name && result == 0) {                                 \
      size_t old_length = strlen(old_name) + 1;                                \
      size_t new_length = strlen(new_name);                                    \
      memcpy(both, old_name, old_length);                                      \
      memcpy(both + old_length, new_name, new_length);                         \
      append(type, 0, 0, both, old_length + new_length);                       \
    }                                                                          \
    pthread_mutex_unlock(&lock);                                               \
    return result;                                                             \
  }
MOVING(rename, 'r')
MOVING(link, 'l')
