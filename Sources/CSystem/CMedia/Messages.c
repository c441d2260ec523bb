#include "Messages.h"

#include <libavutil/error.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "CMedia.h"

// Each thread has its own last line, so that two encoders do not mix theirs.
static _Thread_local char last_line[CMEDIA_MESSAGE];

static void keep(void *context, int level, const char *format, va_list arguments) {
  (void)context;
  if (level > AV_LOG_ERROR) return;
  char line[CMEDIA_MESSAGE];
  vsnprintf(line, sizeof line, format, arguments);
  line[strcspn(line, "\r\n")] = 0;
  if (line[0]) memcpy(last_line, line, sizeof line);
}

static void install(void) { av_log_set_callback(keep); }

void messages_capture(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  last_line[0] = 0;
}

int messages_fail(int code, char *message) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(code, text, sizeof text);
  if (last_line[0])
    snprintf(message, CMEDIA_MESSAGE, "%.180s (%s)", last_line, text);
  else
    snprintf(message, CMEDIA_MESSAGE, "%s", text);
  return code;
}
