// Memory that may be refused, and what happens when memory that may not be refused is.
#ifndef CMEMORY_H
#define CMEMORY_H

#include <stdbool.h>
#include <stddef.h>

/// Memory at a multiple of `alignment`, a power of two and of a pointer's size, for free(); NULL where
/// the system refuses it.
///
/// From 2 MiB on it lies in huge pages where the system has them: fewer misses of the address cache, and no
/// lines that meet in the caches by the chance of where 4 KiB pages lie.
void *_Nullable cmemory_allocate(size_t alignment, size_t size);

/// Gives what was freed back to the system, where the allocator keeps it for later.
void cmemory_give_back(void);

/// Whether this thread is inside `cmemory_allocate`, whose caller looks at the result.
bool cmemory_may_fail(void);

/// From now on, memory that is refused ends the process with one sentence on standard error and this
/// status, without a core file or a stack trace.
///
/// - hint: a line that says what to do; must live as long as the process.
/// - clean: called before, allocates nothing; or NULL.
void cmemory_exit_when_exhausted(
    int status, const char *_Nonnull hint, void (*_Nullable clean)(void));

/// Whether the sentence is a JSON object.
void cmemory_speak_json(bool json);

/// Whether `cmemory_exit_when_exhausted` was called.
bool cmemory_exits_when_exhausted(void);

/// Ends the process: `size` bytes were refused. Allocates nothing.
_Noreturn void cmemory_exhausted(size_t size);
#endif
