/*
 * Makes a disk fail on command: loaded with LD_PRELOAD, it passes calls on files below DISK_ROOT on, or answers them with an
 * error, as the orders say. These are in the file DISK_ORDERS, mapped, so that whoever writes it commands at once:
 * numbers of 4 bytes (struct orders). What was read stays readable. A sync that fails leaves what it was to cover in memory
 * and counts it as done, as Linux does: readers see it, the disk may never have it.
 */
#include "../preload.h"
#include <errno.h>
#include <sys/mman.h>

/* Calls. */
enum { OPEN = 1, WRITE = 2, SYNC = 4, CUT = 8, NAME = 16 };
/* Files. */
enum { LOG = 1, DATABASE = 2, INDEX = 4, OTHER = 8 };

struct orders {
  /* 0: the disk is whole. LIE: writes and syncs are answered as if they had been done, and are not. */
  volatile uint32_t error;
  volatile uint32_t calls;
  volatile uint32_t files;
  /* One in so many of these calls fails. */
  volatile uint32_t each;
  /* So many of them pass first. */
  volatile uint32_t skip;
  /* Told back: how many came, and how many of them failed. */
  volatile uint32_t came;
  volatile uint32_t failed;
};
#define LIE 9999

static struct orders *orders;
static const char *root;
/* What kind of file a descriptor is of; 0: none of ours. */
static uint8_t kind_of[DESCRIPTORS];

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("DISK_ORDERS");
  root = getenv("DISK_ROOT");
  int fd = root && path ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) orders = mapped;
  REAL(close)(fd);
}

static int ends(const char *path, const char *end) {
  size_t length = strlen(path), its = strlen(end);
  return length >= its && strcmp(path + length - its, end) == 0;
}

static uint8_t kind(const char *path) {
  if (!orders || !path) return 0;
  size_t length = strlen(root);
  if (strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != 0)) return 0;
  if (ends(path, "-wal")) return LOG;
  if (ends(path, "-shm")) return INDEX;
  return ends(path, "/switch.db") ? DATABASE : OTHER;
}

/* The error that this call gets; 0: none. */
static int fault(unsigned call, unsigned kind) {
  uint32_t error = orders ? orders->error : 0;
  if (!error || !kind || !(orders->calls & call) || !(orders->files & kind)) return 0;
  uint32_t number = __sync_fetch_and_add(&orders->came, 1);
  if (number < orders->skip || (number - orders->skip) % orders->each) return 0;
  __sync_fetch_and_add(&orders->failed, 1);
  return (int)error;
}

static unsigned of(int fd) { return fd >= 0 && fd < DESCRIPTORS ? kind_of[fd] : 0; }

#define FAIL_OR_LIE(error, lie)                                                \
  do {                                                                         \
    if ((error) == LIE) return lie;                                            \
    if (error) {                                                               \
      errno = error;                                                           \
      return -1;                                                               \
    }                                                                          \
  } while (0)

#define OPENING(function)                                                      \
  int function(const char *path, int flags, ...) {                             \
    MODE_AFTER(flags)                                                          \
    uint8_t its = kind(path);                                                  \
    int writes = (flags & O_ACCMODE) != O_RDONLY;                              \
    int error = writes ? fault(OPEN, its) : 0;                                 \
    if (error && error != LIE) {                                               \
      errno = error;                                                           \
      return -1;                                                               \
    }                                                                          \
    int fd = REAL(function)(path, flags, mode);                                \
    if (fd >= 0 && fd < DESCRIPTORS) kind_of[fd] = its;                        \
    return fd;                                                                 \
  }
OPENING(open)
OPENING(open64)

int close(int fd) {
  if (fd >= 0 && fd < DESCRIPTORS) kind_of[fd] = 0;
  return REAL(close)(fd);
}

#define CALL(type, function, what, lie, parameters, ...)                       \
  type function parameters {                                                   \
    int error = fault(what, of(fd));                                           \
    FAIL_OR_LIE(error, lie);                                                   \
    return REAL(function)(__VA_ARGS__);                                        \
  }

static ssize_t whole(const struct iovec *parts, int count) {
  ssize_t sum = 0;
  for (int at = 0; at < count; at++) sum += (ssize_t)parts[at].iov_len;
  return sum;
}

CALL(ssize_t, write, WRITE, (ssize_t)length, (int fd, const void *bytes, size_t length), fd, bytes, length)
CALL(ssize_t, writev, WRITE, whole(parts, count), (int fd, const struct iovec *parts, int count), fd, parts, count)
CALL(ssize_t, pwrite, WRITE, (ssize_t)length, (int fd, const void *bytes, size_t length, off_t at), fd, bytes, length, at)
CALL(ssize_t, pwrite64, WRITE, (ssize_t)length, (int fd, const void *bytes, size_t length, off64_t at), fd, bytes, length, at)
CALL(ssize_t, pwritev, WRITE, whole(parts, count), (int fd, const struct iovec *parts, int count, off_t at), fd, parts, count, at)
CALL(int, fsync, SYNC, 0, (int fd), fd)
CALL(int, fdatasync, SYNC, 0, (int fd), fd)
CALL(int, ftruncate, CUT, 0, (int fd, off_t length), fd, length)
CALL(int, ftruncate64, CUT, 0, (int fd, off64_t length), fd, length)

#define NAMING(function, parameters, ...)                                      \
  int function parameters {                                                    \
    int error = fault(NAME, kind(path));                                       \
    FAIL_OR_LIE(error, 0);                                                     \
    return REAL(function)(__VA_ARGS__);                                        \
  }
NAMING(unlink, (const char *path), path)
NAMING(mkdir, (const char *path, mode_t mode), path, mode)
NAMING(rename, (const char *path, const char *to), path, to)
NAMING(link, (const char *path, const char *to), path, to)
