// PNG and JPEG pictures in memory.
#ifndef CMEDIA_PICTURE_H
#define CMEDIA_PICTURE_H

#include <stddef.h>
#include <stdint.h>

/// Bytes that a message buffer must have.
#define CMEDIA_MESSAGE 256

/// Pictures with a longer side are described no further than their size.
#define CMEDIA_LARGEST_SIDE 32768

/// What a picture's header says, after palettes and transparent colours are expanded.
typedef struct {
  uint32_t width, height;
  /// 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
  int channels;
  /// 8 or 16 bits a sample; 16-bit samples are in the machine's byte order.
  int bit_depth;
  /// A file with fewer bytes cannot hold the pixels, whatever the compression; 0 when unknown.
  uint64_t least_bytes;
} cmedia_picture_header;

/// Bytes that grow as they are written. Start with zeros; keep it to reuse the memory.
typedef struct {
  uint8_t *_Nullable bytes;
  size_t count, capacity;
} cmedia_bytes;

void cmedia_bytes_free(cmedia_bytes bytes);

int cmedia_png_read_header(
    const void *_Nonnull data, size_t size, cmedia_picture_header *_Nonnull header,
    char *_Nonnull message);

/// Decodes into rows of `row_bytes`; `header` must be what cmedia_png_read_header gave.
int cmedia_png_read_pixels(
    const void *_Nonnull data, size_t size, const cmedia_picture_header *_Nonnull header,
    void *_Nonnull pixels, size_t row_bytes, char *_Nonnull message);

/// Encodes into `out`, whose old content is replaced. `filters`: PNG_FILTER_*
/// flags.
int cmedia_png_write(
    cmedia_bytes *_Nonnull out, const cmedia_picture_header *_Nonnull header,
    const void *_Nonnull pixels, size_t row_bytes, int filters,
    char *_Nonnull message);

int cmedia_jpeg_read_header(
    const void *_Nonnull data, size_t size, cmedia_picture_header *_Nonnull header,
    char *_Nonnull message);

/// Decodes grey or RGB rows; four inks become RGB.
int cmedia_jpeg_read_pixels(
    const void *_Nonnull data, size_t size, const cmedia_picture_header *_Nonnull header,
    void *_Nonnull pixels, size_t row_bytes, char *_Nonnull message);

/// Version of libpng that is loaded, for example "1.6.39".
const char *_Nonnull cmedia_png_version(void);
/// Version of libjpeg this was compiled against, for example "62 (turbo 2.1.5)".
const char *_Nonnull cmedia_jpeg_version(void);
#endif
