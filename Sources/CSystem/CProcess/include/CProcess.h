// What a process must do in C: signal handlers, which may call next to nothing, and calls of Linux
// whose constants Swift does not see.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stddef.h>
#include <sys/types.h>

/// To be called first in main.
///
/// Opens /dev/null in place of closed descriptors 0, 1 and 2, so that no output gets one of these
/// numbers and messages are not written into it. Makes a closed pipe and a file size limit errors
/// of write(2) instead of the end of the process. Ends the process with a message and status 74
/// when a mapped file became shorter than its mapping.
void cprocess_start(void);

/// Catches SIGINT, SIGTERM, SIGHUP (unless a parent has it ignored, as nohup does), SIGQUIT and SIGXCPU:
/// removes the registered files and ends the process with 128 + the signal's number.
void cprocess_catch_stops(void);

/// From now on the first of these signals is only remembered; the next one ends the process.
void cprocess_remember_first_stop(void);

/// The signal that was remembered, 0 for none.
int cprocess_stop_signal(void);

/// Whether the handlers' messages are JSON objects.
void cprocess_speak_json(int json);

/// Takes a place in the table of files that are removed when a signal ends the process.
///
/// Returns its number, or -1 when all are taken.
int cprocess_take_slot(void);

/// Registers a file that this process has created. A slot's string is never freed, since a handler
/// may be reading it: `path` should be the same string each time a slot is used in a folder.
void cprocess_register(int slot, const char *_Nonnull path);

/// Forgets the file, which has been removed or got its name, and gives the place back.
void cprocess_release_slot(int slot);

/// Removes the registered files; for whoever ends the process without letting it unwind.
void cprocess_remove_registered(void);

/// Tells of a mapped input, so that the message about one that became shorter can name it.
///
/// - path: without control characters.
/// Returns its number, or -1 when too many are mapped.
int cprocess_add_mapping(const void *_Nonnull start, size_t size, const char *_Nonnull path);

void cprocess_remove_mapping(int number);

/// Opens a file without a name in `folder` (O_TMPFILE); -1 and errno where that is not possible.
int cprocess_open_unnamed(const char *_Nonnull folder, mode_t mode);

/// Gives a file without a name a name; 0, or -1 and errno (EEXIST when it is taken).
int cprocess_link_unnamed(int descriptor, const char *_Nonnull path);

/// Writes everything of the descriptor's file system to its disk; 0, or -1 and errno.
int cprocess_sync_file_system(int descriptor);
#endif
