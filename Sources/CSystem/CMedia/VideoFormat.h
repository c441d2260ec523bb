// Formats as CMediaFormat.h describes them to libav's numbers.
#ifndef VIDEO_FORMAT_H
#define VIDEO_FORMAT_H

#include <libavutil/dict.h>
#include <libavutil/pixfmt.h>

#include "CMedia.h"

typedef struct {
  enum AVPixelFormat format;
  enum AVColorRange range;
  enum AVColorPrimaries primaries;
  enum AVColorTransferCharacteristic transfer;
  enum AVColorSpace matrix;
  enum AVChromaLocation chroma_location;
} pixel_format;

/// An error where libav does not know a name, or knows the pixel format as another one than
/// described: kernels write into planes of the described kind.
int pixel_format_find(const cmedia_pixel_format *described, pixel_format *found);

/// Options as libav takes them.
int options_parse(const char *text, AVDictionary **options);
/// Frees the options; an error where some are left because nobody knew them.
int options_end(AVDictionary **options);
#endif
