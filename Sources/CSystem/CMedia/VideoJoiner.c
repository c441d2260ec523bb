// Packets of video files into another one, as they are.
#include <stdlib.h>

#include "CMedia.h"
#include "Messages.h"
#include "MovieFile.h"
#include "VideoDecoder.h"

struct cmedia_joiner {
  movie_file movie;
};

int cmedia_joiner_open(
    cmedia_joiner **joiner, const cmedia_decoder *like, const cmedia_container *container,
    const char *comment, int descriptor, int *write_error, char *message) {
  messages_capture();
  cmedia_joiner *self = calloc(1, sizeof *self);
  int status = AVERROR(ENOMEM);
  if (self) {
    const AVStream *stream = like->format->streams[like->track];
    self->movie.place.descriptor = descriptor;
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    if (parameters) status = avcodec_parameters_copy(parameters, stream->codecpar);
    if (status >= 0) {
      // Of the one file; the muxer finds that of the whole.
      parameters->bit_rate = 0;
      status = movie_open(
          &self->movie, container, parameters, stream->avg_frame_rate, stream->time_base,
          stream->sample_aspect_ratio, comment);
    }
    avcodec_parameters_free(&parameters);
  }
  *joiner = status == 0 ? self : NULL;
  *write_error = self ? self->movie.place.error : 0;
  if (status == 0) return 0;
  if (self) cmedia_joiner_close(self);
  return messages_fail(status, message);
}

int cmedia_joiner_copy(
    cmedia_joiner *self, cmedia_decoder *from, int64_t decoded_at, int64_t shown_at,
    int64_t duration, char *message) {
  messages_capture();
  AVPacket *packet = from->packet;
  const AVStream *stream = from->format->streams[from->track];
  packet->dts = decoded_at;
  packet->pts = shown_at;
  packet->duration = duration;
  packet->pos = -1;
  av_packet_rescale_ts(packet, stream->time_base, self->movie.stream->time_base);
  int status = movie_write(&self->movie, packet);
  av_packet_unref(packet);
  return status < 0 ? messages_fail(status, message) : 0;
}

int cmedia_joiner_finish(cmedia_joiner *self, char *message) {
  messages_capture();
  int status = movie_finish(&self->movie);
  return status < 0 ? messages_fail(status, message) : 0;
}

int cmedia_joiner_write_error(const cmedia_joiner *self) { return self->movie.place.error; }

void cmedia_joiner_close(cmedia_joiner *self) {
  movie_close(&self->movie);
  free(self);
}
