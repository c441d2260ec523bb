// The bytes depend on nothing but the packets: no dates, no version strings.
#include "MovieFile.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "VideoFormat.h"

static int place_read(void *opaque, uint8_t *to, int count) {
  file_place *place = opaque;
  ssize_t got;
  do got = pread(place->descriptor, to, count, place->position);
  while (got < 0 && errno == EINTR);
  if (got < 0) return AVERROR(errno);
  place->position += got;
  return got == 0 ? AVERROR_EOF : (int)got;
}

#if LIBAVFORMAT_VERSION_MAJOR >= 61
static int place_write(void *opaque, const uint8_t *from, int count) {
#else
static int place_write(void *opaque, uint8_t *from, int count) {
#endif
  file_place *place = opaque;
  for (int done = 0; done < count;) {
    ssize_t put = pwrite(place->descriptor, from + done, count - done, place->position);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      place->error = put < 0 ? errno : ENOSPC;
      return AVERROR(place->error);
    }
    done += put;
    place->position += put;
  }
  return count;
}

static int64_t place_seek(void *opaque, int64_t offset, int whence) {
  file_place *place = opaque;
  if (whence & AVSEEK_SIZE) return lseek(place->descriptor, 0, SEEK_END);
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_SET: break;
    case SEEK_CUR: offset += place->position; break;
    default: return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  return place->position = offset;
}

static AVIOContext *place_context(file_place *place, int writing) {
  const int size = 1 << 18;
  unsigned char *buffer = av_malloc(size);
  if (!buffer) return NULL;
  AVIOContext *context = avio_alloc_context(
      buffer, size, writing, place, writing ? NULL : place_read, writing ? place_write : NULL,
      place_seek);
  if (!context) av_free(buffer);
  return context;
}

static void free_context(AVIOContext **context) {
  if (*context) av_freep(&(*context)->buffer);
  avio_context_free(context);
}

// The muxer opens its own output again to read it (moving the index to the front). Nothing else
// may be opened.
static int open_again(
    AVFormatContext *format, AVIOContext **context, const char *url, int flags,
    AVDictionary **options) {
  (void)url;
  (void)options;
  const movie_file *movie = format->opaque;
  if (flags != AVIO_FLAG_READ) return AVERROR(EPERM);
  file_place *place = calloc(1, sizeof *place);
  if (!place) return AVERROR(ENOMEM);
  place->descriptor = movie->place.descriptor;
  *context = place_context(place, 0);
  if (*context) return 0;
  free(place);
  return AVERROR(ENOMEM);
}

static int close_again(AVFormatContext *format, AVIOContext *context) {
  (void)format;
  free(context->opaque);
  free_context(&context);
  return 0;
}

int movie_open(
    movie_file *movie, const cmedia_container *container, const AVCodecParameters *parameters,
    AVRational rate, AVRational time_base, AVRational aspect, const char *comment) {
  int status = avformat_alloc_output_context2(&movie->format, NULL, container->muxer, "video");
  if (status < 0) return status;
  AVFormatContext *format = movie->format;
  format->opaque = movie;
  format->io_open = open_again;
  format->io_close2 = close_again;
  format->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
  format->pb = place_context(&movie->place, 1);
  movie->stream = format->pb ? avformat_new_stream(format, NULL) : NULL;
  if (!movie->stream) return AVERROR(ENOMEM);
  movie->stream->time_base = time_base;
  movie->stream->avg_frame_rate = rate;
  movie->stream->sample_aspect_ratio = aspect;
  status = avcodec_parameters_copy(movie->stream->codecpar, parameters);
  if (status < 0) return status;
  movie->stream->codecpar->codec_tag = 0;
  if (comment) av_dict_set(&format->metadata, "comment", comment, 0);
  AVDictionary *options = NULL;
  status = options_parse(container->options, &options);
  if (status >= 0) status = avformat_write_header(format, &options);
  const int unknown = options_end(&options);
  if (status >= 0) status = unknown;
  return status < 0 ? status : 0;
}

int movie_write(movie_file *movie, AVPacket *packet) {
  packet->stream_index = movie->stream->index;
  int status = av_write_frame(movie->format, packet);
  if (status >= 0 && movie->place.error) status = AVERROR(movie->place.error);
  return status;
}

int movie_finish(movie_file *movie) {
  int status = av_write_trailer(movie->format);
  if (status >= 0) avio_flush(movie->format->pb);
  if (status >= 0) status = movie->format->pb->error;
  if (status >= 0 && movie->place.error) status = AVERROR(movie->place.error);
  return status;
}

void movie_close(movie_file *movie) {
  if (!movie->format) return;
  free_context(&movie->format->pb);
  avformat_free_context(movie->format);
  movie->format = NULL;
}
