// A video file's first video track: what it says, its packets, its frames as RGB.
#include "FFmpeg.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CMedia.h"
#include "Messages.h"
#include "VideoDecoder.h"

static void name(char *to, size_t size, const char *text) {
  snprintf(to, size, "%s", text ? text : "unknown");
}

static void describe(const cmedia_decoder *self, cmedia_video_info *info) {
  const AVStream *stream = self->format->streams[self->track];
  const AVCodecContext *codec = self->codec;
  memset(info, 0, sizeof *info);
  info->width = codec->width;
  info->height = codec->height;
  info->rate_numerator = stream->avg_frame_rate.num;
  info->rate_denominator = stream->avg_frame_rate.den;
  if (stream->duration != AV_NOPTS_VALUE)
    info->duration = stream->duration * av_q2d(stream->time_base);
  else if (self->format->duration != AV_NOPTS_VALUE)
    info->duration = self->format->duration / (double)AV_TIME_BASE;
  info->frames = stream->nb_frames;
  name(info->codec, sizeof info->codec, avcodec_get_name(codec->codec_id));
  name(info->profile, sizeof info->profile, avcodec_profile_name(codec->codec_id, codec->profile));
  name(info->pixel_format, sizeof info->pixel_format, av_get_pix_fmt_name(codec->pix_fmt));
  name(info->primaries, sizeof info->primaries, av_color_primaries_name(codec->color_primaries));
  name(info->transfer, sizeof info->transfer, av_color_transfer_name(codec->color_trc));
  name(info->matrix, sizeof info->matrix, av_color_space_name(codec->colorspace));
  name(info->range, sizeof info->range, av_color_range_name(codec->color_range));
  name(
      info->chroma_location, sizeof info->chroma_location,
      av_chroma_location_name(codec->chroma_sample_location));
  const AVDictionaryEntry *comment = av_dict_get(self->format->metadata, "comment", NULL, 0);
  name(info->comment, sizeof info->comment, comment ? comment->value : "");
}

static int open_track(cmedia_decoder *self, const char *path, int64_t most_pixels) {
  // "file:" keeps a name such as "http://..." or "concat:..." from being anything but a file.
  char *url = av_asprintf("file:%s", path);
  if (!url) return AVERROR(ENOMEM);
  int status = avformat_open_input(&self->format, url, NULL, NULL);
  av_free(url);
  if (status < 0) return status;
  status = avformat_find_stream_info(self->format, NULL);
  if (status < 0) return status;
  const AVCodec *codec = NULL;
  status = av_find_best_stream(self->format, AVMEDIA_TYPE_VIDEO, -1, -1, (void *)&codec, 0);
  if (status < 0) return status;
  self->track = status;
  self->codec = avcodec_alloc_context3(codec);
  self->packet = av_packet_alloc();
  self->frame = av_frame_alloc();
  if (!self->codec || !self->packet || !self->frame) return AVERROR(ENOMEM);
  self->codec->max_pixels = most_pixels;
  status = avcodec_parameters_to_context(
      self->codec, self->format->streams[self->track]->codecpar);
  if (status < 0) return status;
  status = avcodec_open2(self->codec, codec, NULL);
  if (status < 0) return status;
  self->width = self->codec->width;
  self->height = self->codec->height;
  return av_image_check_size2(
      self->width, self->height, most_pixels, AV_PIX_FMT_NONE, 0, self->codec);
}

int cmedia_decoder_open(
    cmedia_decoder **decoder, const char *path, int64_t most_pixels, cmedia_video_info *info,
    char *message) {
  messages_capture();
  cmedia_decoder *self = calloc(1, sizeof *self);
  int status = self ? open_track(self, path, most_pixels) : AVERROR(ENOMEM);
  *decoder = status < 0 ? NULL : self;
  if (status >= 0) {
    describe(self, info);
    return 0;
  }
  if (self) cmedia_decoder_close(self);
  return messages_fail(status, message);
}

// The next packet of the track, AVERROR_EOF at the end.
static int next_packet(cmedia_decoder *self) {
  for (;;) {
    int status = av_read_frame(self->format, self->packet);
    if (status < 0) return status;
    const int ours = self->packet->stream_index == self->track;
    // A sample that reaches beyond the end of the file is handed out in part.
    if (ours && self->packet->flags & AV_PKT_FLAG_CORRUPT) status = AVERROR_INVALIDDATA;
    if (ours && status >= 0) return 0;
    av_packet_unref(self->packet);
    if (status < 0) return status;
  }
}

static int next_frame(cmedia_decoder *self) {
  for (;;) {
    int status = avcodec_receive_frame(self->codec, self->frame);
    if (status != AVERROR(EAGAIN)) return status;
    status = self->at_end ? AVERROR_EOF : next_packet(self);
    if (status == AVERROR_EOF) {
      self->at_end = 1;
      status = avcodec_send_packet(self->codec, NULL);
    } else if (status == 0) {
      status = avcodec_send_packet(self->codec, self->packet);
      av_packet_unref(self->packet);
    }
    if (status < 0) return status;
  }
}

static int to_rgb(cmedia_decoder *self, uint8_t *rgb, int row_bytes) {
  const AVFrame *frame = self->frame;
  // A stream may change its size half way; the caller's rows are for the first one.
  if (frame->width != self->width || frame->height != self->height) return AVERROR_INVALIDDATA;
  self->scaler = sws_getCachedContext(
      self->scaler, frame->width, frame->height, frame->format, frame->width, frame->height,
      AV_PIX_FMT_RGB24, SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT, NULL,
      NULL, NULL);
  if (!self->scaler) return AVERROR(ENOMEM);
  const int *table = sws_getCoefficients(
      frame->colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : (int)frame->colorspace);
  sws_setColorspaceDetails(
      self->scaler, table, frame->color_range == AVCOL_RANGE_JPEG, table, 1, 0, 1 << 16, 1 << 16);
  uint8_t *planes[4] = {rgb};
  int strides[4] = {row_bytes};
  int rows = sws_scale(
      self->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes,
      strides);
  return rows == frame->height ? 0 : AVERROR_EXTERNAL;
}

int cmedia_decoder_next(
    cmedia_decoder *self, uint8_t *rgb, int row_bytes, int *got, char *message) {
  messages_capture();
  *got = 0;
  int status = next_frame(self);
  if (status == AVERROR_EOF) return 0;
  if (status >= 0) status = to_rgb(self, rgb, row_bytes);
  av_frame_unref(self->frame);
  if (status < 0) return messages_fail(status, message);
  *got = 1;
  return 0;
}

int cmedia_decoder_count_packets(cmedia_decoder *self, int64_t *count, char *message) {
  messages_capture();
  *count = 0;
  int status;
  while ((status = next_packet(self)) >= 0) {
    (*count)++;
    av_packet_unref(self->packet);
  }
  return status == AVERROR_EOF ? 0 : messages_fail(status, message);
}

void cmedia_decoder_track(const cmedia_decoder *self, cmedia_track_info *info) {
  const AVStream *stream = self->format->streams[self->track];
  info->clock_numerator = stream->time_base.num;
  info->clock_denominator = stream->time_base.den;
  info->header = stream->codecpar->extradata;
  info->header_size = stream->codecpar->extradata_size;
  info->tracks = (int)self->format->nb_streams;
}

int cmedia_decoder_packet(
    cmedia_decoder *self, cmedia_packet_info *packet, int *got, char *message) {
  messages_capture();
  *got = 0;
  av_packet_unref(self->packet);
  int status = next_packet(self);
  if (status == AVERROR_EOF) return 0;
  if (status < 0) return messages_fail(status, message);
  packet->has_time = self->packet->pts != AV_NOPTS_VALUE;
  packet->shown_at = self->packet->pts;
  packet->duration = self->packet->duration;
  packet->is_key = (self->packet->flags & AV_PKT_FLAG_KEY) != 0;
  packet->is_dropped = (self->packet->flags & AV_PKT_FLAG_DISCARD) != 0;
  *got = 1;
  return 0;
}

void cmedia_decoder_close(cmedia_decoder *self) {
  sws_freeContext(self->scaler);
  avcodec_free_context(&self->codec);
  avformat_close_input(&self->format);
  av_packet_free(&self->packet);
  av_frame_free(&self->frame);
  free(self);
}

static const char *version_text(char *text, size_t size, unsigned version) {
  snprintf(
      text, size, "%u.%u.%u", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version),
      AV_VERSION_MICRO(version));
  return text;
}

const char *cmedia_avcodec_version(void) {
  static _Thread_local char text[32];
  return version_text(text, sizeof text, avcodec_version());
}

const char *cmedia_avformat_version(void) {
  static _Thread_local char text[32];
  return version_text(text, sizeof text, avformat_version());
}
