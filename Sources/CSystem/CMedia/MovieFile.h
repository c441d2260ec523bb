// A file of one video track, written into a file descriptor.
#ifndef MOVIE_FILE_H
#define MOVIE_FILE_H

#include <libavformat/avformat.h>

#include "CMedia.h"

// A position of its own in the file: the muxer writes at one and, to move the index to the front,
// reads at another.
typedef struct {
  int descriptor;
  int64_t position;
  int error;
} file_place;

typedef struct {
  AVFormatContext *format;
  AVStream *stream;
  file_place place;
} movie_file;

/// Starts the file, whose structure must be zeros but for `place.descriptor`.
///
/// `comment`: a line for the file's comment, or NULL.
int movie_open(
    movie_file *movie, const cmedia_container *container, const AVCodecParameters *parameters,
    AVRational rate, AVRational time_base, AVRational aspect, const char *comment);
/// Writes a packet whose times are in the stream's time base.
int movie_write(movie_file *movie, AVPacket *packet);
/// Completes the file.
int movie_finish(movie_file *movie);
void movie_close(movie_file *movie);
#endif
