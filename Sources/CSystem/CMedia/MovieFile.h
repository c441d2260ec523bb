// An MP4 file of one video track, written into a file descriptor, its index moved to the front.
#ifndef MOVIE_FILE_H
#define MOVIE_FILE_H

#include <libavformat/avformat.h>

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
/// `timescale`: ticks a second of the file's clock. `comment`: a line for its comment, or NULL.
int movie_open(
    movie_file *movie, const AVCodecParameters *parameters, AVRational rate, AVRational time_base,
    AVRational aspect, int timescale, const char *comment);
/// Writes a packet whose times are in the stream's time base.
int movie_write(movie_file *movie, AVPacket *packet);
/// Completes the file.
int movie_finish(movie_file *movie);
void movie_close(movie_file *movie);
#endif
