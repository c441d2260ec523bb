// Frames through an encoder into a file, all three as the caller describes them.
//
// The bytes depend on nothing but the frames and the settings: no dates, no version strings, no
// note of the encoder's options (which name its thread count).
#include "FFmpeg.h"

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdlib.h>

#include "CMedia.h"
#include "H264Note.h"
#include "Messages.h"
#include "MovieFile.h"
#include "VideoFormat.h"

struct cmedia_encoder {
  AVCodecContext *codec;
  AVPacket *packet;
  movie_file movie;
  int64_t sent;
  int has_h264_note, copies_frames;
};

static int open_codec(cmedia_encoder *self, const cmedia_video_settings *settings) {
  const AVCodec *codec = avcodec_find_encoder_by_name(settings->codec.encoder);
  if (!codec) return CMEDIA_NO_ENCODER;
  const AVOutputFormat *muxer = av_guess_format(settings->container.muxer, NULL, NULL);
  if (!muxer) return AVERROR_MUXER_NOT_FOUND;
  pixel_format pixels;
  int status = pixel_format_find(&settings->pixels, &pixels);
  if (status < 0) return status;
  AVCodecContext *context = self->codec = avcodec_alloc_context3(codec);
  if (!context) return AVERROR(ENOMEM);
  self->has_h264_note = settings->codec.has_h264_note;
  self->copies_frames = settings->codec.copies_frames;
  context->width = settings->width;
  context->height = settings->height;
  context->time_base = (AVRational){settings->rate_denominator, settings->rate_numerator};
  context->framerate = (AVRational){settings->rate_numerator, settings->rate_denominator};
  context->sample_aspect_ratio = (AVRational){1, 1};
  context->pix_fmt = pixels.format;
  context->color_range = pixels.range;
  context->color_primaries = pixels.primaries;
  context->color_trc = pixels.transfer;
  context->colorspace = pixels.matrix;
  context->chroma_sample_location = pixels.chroma_location;
  if (muxer->flags & AVFMT_GLOBALHEADER) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  context->thread_count = settings->codec.threads;
  context->thread_type = settings->codec.threads_take_frames ? FF_THREAD_FRAME : FF_THREAD_SLICE;
  AVDictionary *options = NULL;
  status = options_parse(settings->codec.options, &options);
  if (status >= 0) status = avcodec_open2(context, codec, &options);
  const int unknown = options_end(&options);
  return status >= 0 ? unknown : status;
}

static int open_file(cmedia_encoder *self, const cmedia_video_settings *settings) {
  AVCodecParameters *parameters = avcodec_parameters_alloc();
  if (!parameters) return AVERROR(ENOMEM);
  int status = avcodec_parameters_from_context(parameters, self->codec);
  if (status >= 0)
    status = movie_open(
        &self->movie, &settings->container, parameters, self->codec->framerate,
        self->codec->time_base, self->codec->sample_aspect_ratio, settings->comment);
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

// Sends a frame, or NULL for the end, and writes the packets that come out.
static int encode(cmedia_encoder *self, const AVFrame *frame) {
  int status = avcodec_send_frame(self->codec, frame);
  if (status < 0) return status;
  for (;;) {
    status = avcodec_receive_packet(self->codec, self->packet);
    if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return 0;
    if (status < 0) return status;
    if (self->has_h264_note && self->packet->flags & AV_PKT_FLAG_KEY) {
      status = h264_note_drop(self->packet);
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

// For encoders that go on reading a frame after it was sent.
static int encode_copy(cmedia_encoder *self, const AVFrame *frame) {
  AVFrame *copy = av_frame_alloc();
  if (!copy) return AVERROR(ENOMEM);
  copy->format = frame->format;
  copy->width = frame->width;
  copy->height = frame->height;
  int status = av_frame_get_buffer(copy, 0);
  if (status >= 0) status = av_frame_copy_props(copy, frame);
  if (status >= 0) status = av_frame_copy(copy, frame);
  if (status >= 0) status = encode(self, copy);
  av_frame_free(&copy);
  return status;
}

int cmedia_encoder_send(cmedia_encoder *self, const cmedia_frame *frame, char *message) {
  messages_capture();
  AVFrame *picture = frame->handle;
  picture->pts = self->sent;
  int status = self->copies_frames ? encode(self, picture) : encode_copy(self, picture);
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

int cmedia_has_encoder(const char *name) { return avcodec_find_encoder_by_name(name) != NULL; }
