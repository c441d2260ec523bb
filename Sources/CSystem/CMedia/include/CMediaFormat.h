// How a video is stored, in libav's names: pixels, codec and container.
//
// Texts lie inside the structures, so that whoever fills them keeps nothing alive.
#ifndef CMEDIA_FORMAT_H
#define CMEDIA_FORMAT_H

/// Bytes of a name with its end.
#define CMEDIA_NAME 32
/// Bytes of a list of options, `name=value` with ':' between them, with its end.
#define CMEDIA_OPTIONS 512

/// How a picture lies in memory and what its samples say.
typedef struct {
  /// "yuv420p"
  char name[CMEDIA_NAME];
  /// "tv" or "pc"; "bt709", "bt709", "bt709"; "center", "left", ...
  char range[CMEDIA_NAME], primaries[CMEDIA_NAME], transfer[CMEDIA_NAME], matrix[CMEDIA_NAME];
  char chroma_location[CMEDIA_NAME];
  /// Luma samples for each chroma sample, across and down.
  int chroma_width, chroma_height;
  /// Of a sample.
  int bit_depth;
  int has_alpha;
} cmedia_pixel_format;

typedef struct {
  /// "libx264"
  char encoder[CMEDIA_NAME];
  /// Of the encoder, its rate control and preset among them. An unknown one is an error.
  char options[CMEDIA_OPTIONS];
  int threads;
  /// Whether threads work on several frames at once, else on slices of one.
  int threads_take_frames;
  /// Whether the encoder has its own copy of a frame when it returns; if not, it is given one.
  int copies_frames;
  /// Whether key frames carry a note about the encoder as an H.264 user-data unit, to be taken out.
  int has_h264_note;
} cmedia_codec;

typedef struct {
  /// "mp4"
  char muxer[CMEDIA_NAME];
  /// An unknown one is an error.
  char options[CMEDIA_OPTIONS];
} cmedia_container;

#endif
