// libav's log lines, kept instead of printed.
#ifndef MESSAGES_H
#define MESSAGES_H

/// From the first call on libav prints nothing; call it before anything else of libav. Forgets the
/// last line of this thread.
void messages_capture(void);

/// Writes what failed into `message`: the last error line of this thread, or the code's text.
/// Returns `code`.
int messages_fail(int code, char *message);
#endif
