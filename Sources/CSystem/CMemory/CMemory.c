#include "CMemory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Thread_local bool may_fail;
static _Atomic(const char *) hint_line;
static _Atomic(void (*)(void)) clean_up;
static atomic_int exit_status;
static atomic_bool json;
static atomic_flag is_ending = ATOMIC_FLAG_INIT;

static const size_t huge_page = 2u << 20;

void *cmemory_allocate(size_t alignment, size_t size) {
  void *memory = NULL;
  const bool is_large = size >= huge_page;
  if (is_large && alignment < huge_page) alignment = huge_page;
  may_fail = true;
  const int status = posix_memalign(&memory, alignment, size);
  may_fail = false;
  // A wish: where it is not granted the memory is as good as any.
  if (is_large && status == 0) madvise(memory, size & ~(huge_page - 1), MADV_HUGEPAGE);
  return status == 0 ? memory : NULL;
}

void cmemory_give_back(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

bool cmemory_may_fail(void) { return may_fail; }

void cmemory_exit_when_exhausted(int status, const char *hint, void (*clean)(void)) {
  atomic_store(&clean_up, clean);
  atomic_store(&exit_status, status);
  atomic_store(&hint_line, hint);
}

void cmemory_speak_json(bool value) { atomic_store(&json, value); }

bool cmemory_exits_when_exhausted(void) { return atomic_load(&hint_line) != NULL; }

static void say(const char *text) {
  size_t left = strlen(text);
  while (left > 0) {
    const ssize_t put = write(STDERR_FILENO, text, left);
    if (put <= 0) return;
    text += put;
    left -= (size_t)put;
  }
}

void cmemory_exhausted(size_t size) {
  // A second thread waits for the first to end the process.
  if (atomic_flag_test_and_set(&is_ending))
    for (;;) pause();
  char text[160];
  const char *unit = "bytes";
  double amount = (double)size;
  if (size >= 1000000000) {
    amount /= 1e9;
    unit = "GB";
  } else if (size >= 1000000) {
    amount /= 1e6;
    unit = "MB";
  }
  const char *hint = atomic_load(&hint_line);
  const int status = atomic_load(&exit_status);
  const int digits = size >= 1000000 ? 1 : 0;
  if (atomic_load(&json))
    snprintf(
        text, sizeof text,
        "{\"error\":{\"code\":%d,\"what\":\"there is not enough memory (%.*f %s were asked "
        "for)\",\"hint\":\"",
        status, digits, amount, unit);
  else
    snprintf(
        text, sizeof text, "error: there is not enough memory (%.*f %s were asked for)\n", digits,
        amount, unit);
  say(text);
  if (!hint) abort();
  if (!atomic_load(&json)) say("  hint: ");
  say(hint);
  say(atomic_load(&json) ? "\"}}\n" : "\n");
  void (*clean)(void) = atomic_load(&clean_up);
  if (clean) clean();
  // Not exit(): what runs at exit may wait for a lock that this thread holds.
  _exit(status);
}
