/* What libraries that are loaded with LD_PRELOAD share: the functions behind theirs, and the mode of a file that is made. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 65536

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* open(path, flags, ...) has a third argument only where it may make a file: `mode`, else 0. */
#define MODE_AFTER(flags)                                                      \
  mode_t mode = 0;                                                             \
  if (flags & (O_CREAT | O_TMPFILE)) {                                         \
    va_list rest;                                                              \
    va_start(rest, flags);                                                     \
    mode = va_arg(rest, mode_t);                                               \
    va_end(rest);                                                              \
  }
