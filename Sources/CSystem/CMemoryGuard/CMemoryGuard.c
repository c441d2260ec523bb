#include "CMemoryGuard.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "CMemory.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CMEMORY_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(CMEMORY_SANITIZED)

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// Weak: where tests count allocations, theirs are taken.
#define REPLACEABLE __attribute__((weak))

static void *checked(void *memory, size_t size) {
  if (!memory && size > 0 && cmemory_exits_when_exhausted() && !cmemory_may_fail())
    cmemory_exhausted(size);
  return memory;
}

REPLACEABLE void *malloc(size_t size) { return checked(__libc_malloc(size), size); }

REPLACEABLE void *calloc(size_t number, size_t size) {
  size_t all;
  if (__builtin_mul_overflow(number, size, &all)) all = SIZE_MAX;
  return checked(__libc_calloc(number, size), all);
}

REPLACEABLE void *realloc(void *memory, size_t size) {
  return checked(__libc_realloc(memory, size), size);
}

REPLACEABLE void *aligned_alloc(size_t alignment, size_t size) {
  return checked(__libc_memalign(alignment, size), size);
}

REPLACEABLE void *memalign(size_t alignment, size_t size) {
  return checked(__libc_memalign(alignment, size), size);
}

REPLACEABLE int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
    return EINVAL;
  void *result = checked(__libc_memalign(alignment, size), size);
  if (!result && size > 0) return ENOMEM;
  *memory = result;
  return 0;
}

#else

// A translation unit must declare something.
extern int cmemory_guard_is_absent;

#endif
