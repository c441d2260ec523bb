#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLOTS = 256 };
enum { FREE, TAKEN, REGISTERED };

static atomic_int states[SLOTS];
static char *_Atomic paths[SLOTS];
static atomic_int first_stop, remembers, json;

enum { MAPPINGS = 64, PATH_ROOM = 4096 };

// The inputs that are mapped now.
static struct {
  atomic_int state;
  uintptr_t start, end;
  char path[PATH_ROOM];
} mappings[MAPPINGS];

static void say(const char *text, const char *json_text) {
  const char *message = atomic_load(&json) ? json_text : text;
  ssize_t ignored = write(STDERR_FILENO, message, strlen(message));
  (void)ignored;
}

// A path of the table, which holds no control characters.
static void say_path(const char *path) {
  for (; *path; path++) {
    const char one[2] = {*path, 0};
    if (*path == '"' || *path == '\\') say("", "\\");
    say(one, one);
  }
}

void cprocess_remove_registered(void) {
  for (int slot = 0; slot < SLOTS; slot++)
    if (atomic_load(&states[slot]) == REGISTERED) unlink(atomic_load(&paths[slot]));
}

static void on_stop(int number) {
  int none = 0;
  if (atomic_compare_exchange_strong(&first_stop, &none, number) && atomic_load(&remembers))
    return;
  cprocess_remove_registered();
  say("error: interrupted\n", "{\"error\":{\"code\":130,\"what\":\"interrupted\"}}\n");
  _exit(128 + number);
}

static void on_bus_error(int number, siginfo_t *information, void *context) {
  (void)context;
  if (information->si_code != BUS_ADRERR) {
    signal(number, SIG_DFL);
    return;
  }
  cprocess_remove_registered();
  const uintptr_t place = (uintptr_t)information->si_addr;
  const char *path = NULL;
  for (int i = 0; i < MAPPINGS && !path; i++)
    if (atomic_load(&mappings[i].state) == REGISTERED && place >= mappings[i].start &&
        place < mappings[i].end)
      path = mappings[i].path;
  say("error: ", "{\"error\":{\"code\":74,");
  if (path) {
    say("", "\"file\":\"");
    say_path(path);
    say(": ", "\",");
  }
  say("the input became shorter while it was read, or its disk failed\n"
      "  hint: run again when nothing writes to it\n",
      "\"what\":\"the input became shorter while it was read, or its disk failed\","
      "\"hint\":\"run again when nothing writes to it\"}}\n");
  _exit(74);
}

void cprocess_start(void) {
  for (int descriptor = 0; descriptor <= 2; descriptor++)
    if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
      // The lowest free number is this one: those below are open.
      int opened = open("/dev/null", O_RDWR);
      (void)opened;
    }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = on_bus_error;
  sigaction(SIGBUS, &action, NULL);
}

void cprocess_catch_stops(void) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU};
  struct sigaction action = {.sa_flags = SA_RESTART};
  action.sa_handler = on_stop;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction old;
    if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
      continue;
    sigaction(numbers[i], &action, NULL);
  }
  // A parent's worker thread may have handed down a mask that blocks these, and SIGABRT and others that
  // must end a process.
  sigset_t mask;
  sigfillset(&mask);
  pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
}

void cprocess_remember_first_stop(void) { atomic_store(&remembers, 1); }

int cprocess_stop_signal(void) { return atomic_load(&first_stop); }

void cprocess_speak_json(int value) { atomic_store(&json, value); }

int cprocess_take_slot(void) {
  for (int slot = 0; slot < SLOTS; slot++) {
    int expected = FREE;
    if (atomic_compare_exchange_strong(&states[slot], &expected, TAKEN)) return slot;
  }
  return -1;
}

void cprocess_register(int slot, const char *path) {
  if (slot < 0 || slot >= SLOTS) return;
  char *known = atomic_load(&paths[slot]);
  if (!known || strcmp(known, path) != 0) {
    char *copy = strdup(path);
    if (!copy) return;
    atomic_store(&paths[slot], copy);
  }
  atomic_store(&states[slot], REGISTERED);
}

void cprocess_release_slot(int slot) {
  if (slot >= 0 && slot < SLOTS) atomic_store(&states[slot], FREE);
}

int cprocess_add_mapping(const void *start, size_t size, const char *path) {
  for (int i = 0; i < MAPPINGS; i++) {
    int expected = FREE;
    if (!atomic_compare_exchange_strong(&mappings[i].state, &expected, TAKEN)) continue;
    mappings[i].start = (uintptr_t)start;
    mappings[i].end = (uintptr_t)start + size;
    snprintf(mappings[i].path, PATH_ROOM, "%s", path);
    atomic_store(&mappings[i].state, REGISTERED);
    return i;
  }
  return -1;
}

void cprocess_remove_mapping(int number) {
  if (number >= 0 && number < MAPPINGS) atomic_store(&mappings[number].state, FREE);
}

int cprocess_open_unnamed(const char *folder, mode_t mode) {
#ifdef O_TMPFILE
  int descriptor;
  do descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  while (descriptor < 0 && errno == EINTR);
  return descriptor;
#else
  (void)folder;
  (void)mode;
  errno = ENOSYS;
  return -1;
#endif
}

int cprocess_link_unnamed(int descriptor, const char *path) {
  char self[64];
  snprintf(self, sizeof self, "/proc/self/fd/%d", descriptor);
  return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

int cprocess_sync_file_system(int descriptor) {
#ifdef __linux__
  return syncfs(descriptor);
#else
  return fsync(descriptor);
#endif
}
