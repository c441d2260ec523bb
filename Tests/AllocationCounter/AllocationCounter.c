#include "AllocationCounter.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_uint_fast64_t total;
static __thread uint64_t of_thread;
static __thread uint64_t bytes_of_thread;

static void count(size_t size) {
  atomic_fetch_add_explicit(&total, 1, memory_order_relaxed);
  of_thread += 1;
  bytes_of_thread += size;
}

void *malloc(size_t size) {
  count(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  count(size);
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  count(size);
  void *result = __libc_memalign(alignment, size);
  if (!result) return ENOMEM;
  *memory = result;
  return 0;
}

uint64_t allocation_count(void) { return atomic_load_explicit(&total, memory_order_relaxed); }
uint64_t allocation_count_of_thread(void) { return of_thread; }
uint64_t allocated_bytes_of_thread(void) { return bytes_of_thread; }
bool allocation_counter_works(void) { return true; }

#else

uint64_t allocation_count(void) { return 0; }
uint64_t allocation_count_of_thread(void) { return 0; }
uint64_t allocated_bytes_of_thread(void) { return 0; }
bool allocation_counter_works(void) { return false; }

#endif
