#include "VideoFormat.h"

#include <libavutil/error.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>

int pixel_format_find(const cmedia_pixel_format *described, pixel_format *found) {
  found->format = av_get_pix_fmt(described->name);
  const AVPixFmtDescriptor *known = av_pix_fmt_desc_get(found->format);
  const int range = av_color_range_from_name(described->range);
  const int primaries = av_color_primaries_from_name(described->primaries);
  const int transfer = av_color_transfer_from_name(described->transfer);
  const int matrix = av_color_space_from_name(described->matrix);
  const int location = av_chroma_location_from_name(described->chroma_location);
  if (!known || range < 0 || primaries < 0 || transfer < 0 || matrix < 0 || location < 0) {
    av_log(NULL, AV_LOG_ERROR, "libav does not know the pixel format %s", described->name);
    return AVERROR(EINVAL);
  }
  const int has_alpha = (known->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  if (1 << known->log2_chroma_w != described->chroma_width ||
      1 << known->log2_chroma_h != described->chroma_height ||
      known->comp[0].depth != described->bit_depth || has_alpha != (described->has_alpha != 0)) {
    av_log(NULL, AV_LOG_ERROR, "the pixel format %s is another one", described->name);
    return AVERROR(EINVAL);
  }
  found->range = range;
  found->primaries = primaries;
  found->transfer = transfer;
  found->matrix = matrix;
  found->chroma_location = location;
  return 0;
}

int options_parse(const char *text, AVDictionary **options) {
  return av_dict_parse_string(options, text, "=", ":", 0);
}

int options_end(AVDictionary **options) {
  const AVDictionaryEntry *left = av_dict_get(*options, "", NULL, AV_DICT_IGNORE_SUFFIX);
  if (left) av_log(NULL, AV_LOG_ERROR, "libav does not know the option %s", left->key);
  av_dict_free(options);
  return left ? AVERROR_OPTION_NOT_FOUND : 0;
}
