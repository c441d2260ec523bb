// Videos: writing through an encoder of libavcodec and a muxer of libavformat, reading, joining.
#ifndef CMEDIA_VIDEO_H
#define CMEDIA_VIDEO_H

#include <stdint.h>

#include "CMediaFormat.h"

/// Returned by cmedia_encoder_open when libavcodec was built without the encoder.
#define CMEDIA_NO_ENCODER 2

/// Planes of a picture at most: luma, two of chroma, alpha.
#define CMEDIA_PLANES 4

/// One picture in memory that libavcodec allocated.
typedef struct {
  /// Its AVFrame.
  void *_Nullable handle;
  /// Null for those that the pixel format does not have.
  uint8_t *_Nullable planes[CMEDIA_PLANES];
  /// Bytes from a row to the next.
  int strides[CMEDIA_PLANES];
} cmedia_frame;

/// `width`, `height`: multiples of what a chroma sample covers.
int cmedia_frame_create(
    cmedia_frame *_Nonnull frame, const cmedia_pixel_format *_Nonnull pixels, int width, int height,
    char *_Nonnull message);
void cmedia_frame_free(cmedia_frame frame);

typedef struct {
  /// Multiples of what a chroma sample covers.
  int width, height;
  /// Frames a second as a fraction.
  int rate_numerator, rate_denominator;
  cmedia_pixel_format pixels;
  cmedia_codec codec;
  cmedia_container container;
  /// A line for the file's comment.
  const char *_Nullable comment;
} cmedia_video_settings;

typedef struct cmedia_encoder cmedia_encoder;

/// Starts a file in `descriptor`, which must be open for reading and writing and stays the
/// caller's. `write_error` gets the errno of a failed write, else 0.
int cmedia_encoder_open(
    cmedia_encoder *_Nullable *_Nonnull encoder, const cmedia_video_settings *_Nonnull settings,
    int descriptor, int *_Nonnull write_error, char *_Nonnull message);
/// Encodes the next frame; its memory may be filled again after the call.
int cmedia_encoder_send(
    cmedia_encoder *_Nonnull encoder, const cmedia_frame *_Nonnull frame,
    char *_Nonnull message);
/// Encodes what is delayed and completes the file.
int cmedia_encoder_finish(cmedia_encoder *_Nonnull encoder, char *_Nonnull message);
/// errno of the write that failed, 0 when none did.
int cmedia_encoder_write_error(const cmedia_encoder *_Nonnull encoder);
void cmedia_encoder_close(cmedia_encoder *_Nonnull encoder);

/// What a video file says about itself; texts are libav's names ("h264", "High", "yuv420p", ...).
typedef struct {
  int width, height;
  int rate_numerator, rate_denominator;
  /// Of the video track, in seconds.
  double duration;
  /// From the file's index, 0 when it has none.
  int64_t frames;
  char codec[32], profile[64], pixel_format[32];
  char primaries[32], transfer[32], matrix[32], range[32], chroma_location[32];
  char comment[256];
} cmedia_video_info;

typedef struct cmedia_decoder cmedia_decoder;

int cmedia_decoder_open(
    cmedia_decoder *_Nullable *_Nonnull decoder, const char *_Nonnull path,
    int64_t most_pixels, cmedia_video_info *_Nonnull info, char *_Nonnull message);
/// The next frame as RGB rows of info.width x 3 bytes. `got` is 0 at the end. The scaler writes whole
/// vectors: `row_bytes` must leave room for 64 bytes after each row.
int cmedia_decoder_next(
    cmedia_decoder *_Nonnull decoder, uint8_t *_Nonnull rgb, int row_bytes, int *_Nonnull got,
    char *_Nonnull message);
/// Counts the packets of the video track from where the file is; nothing is decoded.
int cmedia_decoder_count_packets(
    cmedia_decoder *_Nonnull decoder, int64_t *_Nonnull count, char *_Nonnull message);
void cmedia_decoder_close(cmedia_decoder *_Nonnull decoder);

/// What joining has to know of a file's video track.
typedef struct {
  /// Seconds of a tick of the track's clock.
  int clock_numerator, clock_denominator;
  /// Of all kinds in the file.
  int tracks;
  /// What a decoder is given first (the codec's parameter sets); valid as long as the decoder.
  const uint8_t *_Nullable header;
  int header_size;
} cmedia_track_info;

void cmedia_decoder_track(
    const cmedia_decoder *_Nonnull decoder, cmedia_track_info *_Nonnull info);

typedef struct {
  /// In ticks.
  int64_t shown_at, duration;
  int has_time, is_key;
  /// Whether the file's edit list leaves it out.
  int is_dropped;
} cmedia_packet_info;

/// The next packet in the order of decoding, kept for cmedia_joiner_copy. `got` is 0 at the end.
int cmedia_decoder_packet(
    cmedia_decoder *_Nonnull decoder, cmedia_packet_info *_Nonnull packet, int *_Nonnull got,
    char *_Nonnull message);

typedef struct cmedia_joiner cmedia_joiner;

/// Starts a file of packets of tracks like that of `like`, as cmedia_encoder_open does.
int cmedia_joiner_open(
    cmedia_joiner *_Nullable *_Nonnull joiner, const cmedia_decoder *_Nonnull like,
    const cmedia_container *_Nonnull container, const char *_Nullable comment, int descriptor,
    int *_Nonnull write_error, char *_Nonnull message);
/// Writes the packet that a decoder gave last, which is then gone, with these times in ticks.
int cmedia_joiner_copy(
    cmedia_joiner *_Nonnull joiner, cmedia_decoder *_Nonnull from, int64_t decoded_at,
    int64_t shown_at, int64_t duration, char *_Nonnull message);
int cmedia_joiner_finish(cmedia_joiner *_Nonnull joiner, char *_Nonnull message);
/// errno of the write that failed, 0 when none did.
int cmedia_joiner_write_error(const cmedia_joiner *_Nonnull joiner);
void cmedia_joiner_close(cmedia_joiner *_Nonnull joiner);

/// Whether libavcodec has the encoder, for example "libx264".
int cmedia_has_encoder(const char *_Nonnull name);
/// Version of libavcodec that is loaded, for example "59.37.100"; the text is static.
const char *_Nonnull cmedia_avcodec_version(void);
const char *_Nonnull cmedia_avformat_version(void);
#endif
