// Frames to H.264 (libx264) to MP4.
//
// The bytes depend on nothing but the frames and the settings: no dates, no version strings, no
// note of the encoder's options (which name its thread count).
#include "FFmpeg.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>

#include "CMedia.h"
#include "Messages.h"
#include "MovieFile.h"

struct cmedia_encoder {
  AVCodecContext *codec;
  AVPacket *packet;
  movie_file movie;
  int64_t sent;
};

static int open_codec(cmedia_encoder *self, const cmedia_video_settings *settings) {
  const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
  if (!codec) return CMEDIA_NO_ENCODER;
  AVCodecContext *context = self->codec = avcodec_alloc_context3(codec);
  if (!context) return AVERROR(ENOMEM);
  context->width = settings->width;
  context->height = settings->height;
  context->time_base = (AVRational){settings->rate_denominator, settings->rate_numerator};
  context->framerate = (AVRational){settings->rate_numerator, settings->rate_denominator};
  context->sample_aspect_ratio = (AVRational){1, 1};
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->color_range = AVCOL_RANGE_MPEG;
  context->color_primaries = AVCOL_PRI_BT709;
  context->color_trc = AVCOL_TRC_BT709;
  context->colorspace = AVCOL_SPC_BT709;
  context->chroma_sample_location = AVCHROMA_LOC_CENTER;
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  context->thread_count = settings->threads;
  context->thread_type = FF_THREAD_FRAME;
  int status = av_opt_set_double(context->priv_data, "crf", settings->crf, 0);
  if (status >= 0) status = av_opt_set(context->priv_data, "preset", settings->preset, 0);
  if (status >= 0) status = av_opt_set(context->priv_data, "profile", "high", 0);
  return status >= 0 ? avcodec_open2(context, codec, NULL) : status;
}

static int open_file(cmedia_encoder *self, const cmedia_video_settings *settings) {
  AVCodecParameters *parameters = avcodec_parameters_alloc();
  if (!parameters) return AVERROR(ENOMEM);
  int status = avcodec_parameters_from_context(parameters, self->codec);
  if (status >= 0)
    status = movie_open(
        &self->movie, parameters, self->codec->framerate, self->codec->time_base,
        self->codec->sample_aspect_ratio, settings->timescale, settings->comment);
  avcodec_parameters_free(&parameters);
  return status < 0 ? status : 0;
}

int cmedia_encoder_open(
    cmedia_encoder **encoder, const cmedia_video_settings *settings, int descriptor,
    int *write_error, char *message) {
  messages_capture();
  cmedia_encoder *self = calloc(1, sizeof *self);
  int status = AVERROR(ENOMEM);
  if (self) {
    self->movie.place.descriptor = descriptor;
    self->packet = av_packet_alloc();
    if (self->packet) status = open_codec(self, settings);
    if (status == 0) status = open_file(self, settings);
  }
  *encoder = status == 0 ? self : NULL;
  *write_error = self ? self->movie.place.error : 0;
  if (status == 0) return 0;
  if (self) cmedia_encoder_close(self);
  return messages_fail(status, message);
}

// Removes x264's note about itself (a user-data SEI unit) from a packet in start-code form: it
// names versions and the thread count, which must not change the file.
static int drop_note(AVPacket *packet) {
  int status = av_packet_make_writable(packet);
  if (status < 0) return status;
  uint8_t *data = packet->data;
  int size = packet->size, at = 0, kept = 0;
  while (at < size) {
    // A unit reaches from its start code (00 00 01, perhaps after another 00) to the next one.
    int body = at;
    while (body + 3 <= size && !(data[body] == 0 && data[body + 1] == 0 && data[body + 2] == 1))
      body++;
    body += 3;
    int next = body;
    while (next + 3 <= size && !(data[next] == 0 && data[next + 1] == 0 && data[next + 2] <= 1))
      next++;
    if (next + 3 > size) next = size;
    int is_note = body + 1 < size && (data[body] & 31) == 6 && data[body + 1] == 5;
    if (!is_note) {
      memmove(data + kept, data + at, next - at);
      kept += next - at;
    }
    at = next;
  }
  av_shrink_packet(packet, kept);
  return 0;
}

// Sends a frame, or NULL for the end, and writes the packets that come out.
static int encode(cmedia_encoder *self, const AVFrame *frame) {
  int status = avcodec_send_frame(self->codec, frame);
  if (status < 0) return status;
  for (;;) {
    status = avcodec_receive_packet(self->codec, self->packet);
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return 0;
    if (status < 0) return status;
    if (self->packet->flags & AV_PKT_FLAG_KEY) {
      status = drop_note(self->packet);
      if (status < 0) return status;
    }
    self->packet->duration = 1;
    av_packet_rescale_ts(
        self->packet, self->codec->time_base, self->movie.stream->time_base);
    status = movie_write(&self->movie, self->packet);
    av_packet_unref(self->packet);
    if (status < 0) return status;
  }
}

int cmedia_encoder_send(cmedia_encoder *self, const cmedia_frame *frame, char *message) {
  messages_capture();
  AVFrame *picture = frame->handle;
  picture->pts = self->sent;
  int status = encode(self, picture);
  if (status < 0) return messages_fail(status, message);
  self->sent++;
  return 0;
}

int cmedia_encoder_finish(cmedia_encoder *self, char *message) {
  messages_capture();
  int status = encode(self, NULL);
  if (status >= 0) status = movie_finish(&self->movie);
  return status < 0 ? messages_fail(status, message) : 0;
}

int cmedia_encoder_write_error(const cmedia_encoder *self) {
  return self->movie.place.error;
}

void cmedia_encoder_close(cmedia_encoder *self) {
  avcodec_free_context(&self->codec);
  movie_close(&self->movie);
  av_packet_free(&self->packet);
  free(self);
}

int cmedia_frame_create(cmedia_frame *frame, int width, int height, char *message) {
  messages_capture();
  AVFrame *picture = av_frame_alloc();
  if (!picture) return messages_fail(AVERROR(ENOMEM), message);
  picture->width = width;
  picture->height = height;
  picture->format = AV_PIX_FMT_YUV420P;
  picture->color_range = AVCOL_RANGE_MPEG;
  picture->color_primaries = AVCOL_PRI_BT709;
  picture->color_trc = AVCOL_TRC_BT709;
  picture->colorspace = AVCOL_SPC_BT709;
  picture->chroma_location = AVCHROMA_LOC_CENTER;
  int status = av_frame_get_buffer(picture, 64);
  if (status < 0) {
    av_frame_free(&picture);
    return messages_fail(status, message);
  }
  frame->handle = picture;
  frame->y = picture->data[0];
  frame->u = picture->data[1];
  frame->v = picture->data[2];
  frame->y_stride = picture->linesize[0];
  frame->u_stride = picture->linesize[1];
  frame->v_stride = picture->linesize[2];
  return 0;
}

void cmedia_frame_free(cmedia_frame frame) {
  AVFrame *picture = frame.handle;
  av_frame_free(&picture);
}

int cmedia_has_encoder(const char *name) { return avcodec_find_encoder_by_name(name) != NULL; }
