// Counts heap allocations of the whole process, for tests that nothing is allocated per frame.
//
// Replaces malloc and its relatives by functions that count and pass on to glibc's own. Linking this
// into a test program is all that is needed. With another C library, or under a sanitizer, which
// replaces them itself, it counts nothing, and says so.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Allocations (malloc, calloc, realloc, aligned_alloc, memalign, posix_memalign) by all threads
/// since the start of the process.
uint64_t allocation_count(void);

/// Allocations by the calling thread: unlike `allocation_count` not disturbed by tests that run
/// beside, but blind to worker threads.
uint64_t allocation_count_of_thread(void);

/// Bytes asked for by the calling thread.
uint64_t allocated_bytes_of_thread(void);

/// Whether this build can count.
bool allocation_counter_works(void);

#endif
