// Frames to H.264 (libx264) to MP4, written into a file descriptor.
//
// The bytes depend on nothing but the frames and the settings: no dates, no version strings, no
// note of the encoder's options (which name its thread count).
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CMedia.h"
#include "Messages.h"

// A position of its own in the file: the muxer writes at one and, to move the index to the front,
// reads at another.
typedef struct {
  int descriptor;
  int64_t position;
  int error;
} file_place;

struct cmedia_encoder {
  AVFormatContext *format;
  AVCodecContext *codec;
  AVStream *stream;
  AVPacket *packet;
  file_place file;
  int64_t sent;
};

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
  const cmedia_encoder *encoder = format->opaque;
  if (flags != AVIO_FLAG_READ) return AVERROR(EPERM);
  file_place *place = calloc(1, sizeof *place);
  if (!place) return AVERROR(ENOMEM);
  place->descriptor = encoder->file.descriptor;
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
  int status = avformat_alloc_output_context2(&self->format, NULL, "mp4", "video.mp4");
  if (status < 0) return status;
  AVFormatContext *format = self->format;
  format->opaque = self;
  format->io_open = open_again;
  format->io_close2 = close_again;
  format->flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO;
  format->pb = place_context(&self->file, 1);
  self->stream = format->pb ? avformat_new_stream(format, NULL) : NULL;
  if (!self->stream) return AVERROR(ENOMEM);
  self->stream->time_base = self->codec->time_base;
  self->stream->avg_frame_rate = self->codec->framerate;
  self->stream->sample_aspect_ratio = self->codec->sample_aspect_ratio;
  status = avcodec_parameters_from_context(self->stream->codecpar, self->codec);
  if (status < 0) return status;
  // One clock for the movie and the track: with the muxer's own 1000 ticks a second for the movie
  // the duration of 30000/1001 frames a second would be rounded.
  AVDictionary *options = NULL;
  av_dict_set(&options, "movflags", "+faststart", 0);
  av_dict_set_int(&options, "movie_timescale", settings->timescale, 0);
  av_dict_set_int(&options, "video_track_timescale", settings->timescale, 0);
  status = avformat_write_header(format, &options);
  av_dict_free(&options);
  return status < 0 ? status : 0;
}

int cmedia_encoder_open(
    cmedia_encoder **encoder, const cmedia_video_settings *settings, int descriptor,
    int *write_error, char *message) {
  messages_capture();
  cmedia_encoder *self = calloc(1, sizeof *self);
  int status = AVERROR(ENOMEM);
  if (self) {
    self->file.descriptor = descriptor;
    self->packet = av_packet_alloc();
    if (self->packet) status = open_codec(self, settings);
    if (status == 0) status = open_file(self, settings);
  }
  *encoder = status == 0 ? self : NULL;
  *write_error = self ? self->file.error : 0;
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
    self->packet->stream_index = self->stream->index;
    self->packet->duration = 1;
    av_packet_rescale_ts(self->packet, self->codec->time_base, self->stream->time_base);
    status = av_write_frame(self->format, self->packet);
    av_packet_unref(self->packet);
    if (status < 0) return status;
    if (self->file.error) return AVERROR(self->file.error);
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
  if (status >= 0) status = av_write_trailer(self->format);
  if (status >= 0) avio_flush(self->format->pb);
  if (status >= 0) status = self->format->pb->error;
  if (status >= 0 && self->file.error) status = AVERROR(self->file.error);
  return status < 0 ? messages_fail(status, message) : 0;
}

int cmedia_encoder_write_error(const cmedia_encoder *self) { return self->file.error; }

void cmedia_encoder_close(cmedia_encoder *self) {
  avcodec_free_context(&self->codec);
  if (self->format) {
    free_context(&self->format->pb);
    avformat_free_context(self->format);
  }
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
