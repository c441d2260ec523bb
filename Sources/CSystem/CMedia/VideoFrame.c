// A picture in memory that an encoder takes as it is.
#include <libavutil/frame.h>

#include "CMedia.h"
#include "Messages.h"
#include "VideoFormat.h"

static int allocate(AVFrame *picture, const cmedia_pixel_format *described, int width, int height) {
  pixel_format pixels;
  int status = pixel_format_find(described, &pixels);
  if (status < 0) return status;
  picture->width = width;
  picture->height = height;
  picture->format = pixels.format;
  picture->color_range = pixels.range;
  picture->color_primaries = pixels.primaries;
  picture->color_trc = pixels.transfer;
  picture->colorspace = pixels.matrix;
  picture->chroma_location = pixels.chroma_location;
  return av_frame_get_buffer(picture, 64);
}

int cmedia_frame_create(
    cmedia_frame *frame, const cmedia_pixel_format *pixels, int width, int height,
    char *message) {
  messages_capture();
  AVFrame *picture = av_frame_alloc();
  int status = picture ? allocate(picture, pixels, width, height) : AVERROR(ENOMEM);
  if (status < 0) {
    av_frame_free(&picture);
    return messages_fail(status, message);
  }
  frame->handle = picture;
  for (int plane = 0; plane < CMEDIA_PLANES; plane++) {
    frame->planes[plane] = picture->data[plane];
    frame->strides[plane] = picture->linesize[plane];
  }
  return 0;
}

void cmedia_frame_free(cmedia_frame frame) {
  AVFrame *picture = frame.handle;
  av_frame_free(&picture);
}
