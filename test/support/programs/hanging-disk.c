/*
 * Hangs like a lost disk or a name server that does not answer. Loaded into a program by
 * LD_PRELOAD, it makes every file hang with "hanging-disk" in its path, and every host with
 * "hanging-host" in its name, while the file that HANGING names exists.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void hang_while(const char *name, const char *what) {
  const char *flag = getenv("HANGING");
  while (name != NULL && flag != NULL && strstr(name, what) != NULL && access(flag, F_OK) == 0) usleep(20000);
}

#define OPEN(NAME)                                                            \
  int NAME(const char *path, int flags, ...) {                                \
    va_list rest;                                                             \
    va_start(rest, flags);                                                    \
    mode_t mode = va_arg(rest, mode_t);                                       \
    va_end(rest);                                                             \
    hang_while(path, "hanging-disk");                                         \
    return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #NAME))(path, flags, mode); \
  }

OPEN(open)
OPEN(open64)

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
  hang_while(host, "hanging-host");
  return ((int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo"))(
      host, service, hints, result);
}
