// PNG through libpng: header, pixels, encoding, all in memory.
//
// libpng reports errors by longjmp. `guarded` is the only function that calls setjmp and it keeps
// no state of its own, so no local variable can be clobbered.
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "CMedia.h"

typedef struct {
  png_structp png;
  png_infop info;
  char *message;
  const uint8_t *data;
  size_t size, position;
  cmedia_picture_header *header;
  const cmedia_picture_header *expected;
  uint8_t *pixels;
  const uint8_t *source;
  size_t row_bytes;
  cmedia_bytes *out;
  int filters;
} task;

static void on_error(png_structp png, png_const_charp text) {
  task *self = png_get_error_ptr(png);
  snprintf(self->message, CMEDIA_MESSAGE, "%s", text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static int guarded(task *self, void (*body)(task *)) {
  if (setjmp(png_jmpbuf(self->png))) return 1;
  body(self);
  return 0;
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  task *self = png_get_io_ptr(png);
  if (count > self->size - self->position) png_error(png, "the data ends too early");
  memcpy(to, self->data + self->position, count);
  self->position += count;
}

// Up to the first pixel, with every kind of picture turned into 8 or 16-bit grey, RGB and alpha.
static void start_reading(task *self) {
  png_structp png = self->png;
  png_set_read_fn(png, self, read_bytes);
  // A picture with a broken check sum is a broken picture, also in a chunk one could skip: a lost
  // tRNS chunk would silently make it opaque.
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  // Texts, profiles and the like are passed over as they come, neither unpacked nor kept: a file may
  // hold a million of them. -1 means all but IHDR, PLTE, tRNS, IDAT and IEND.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_read_info(png, self->info);
  // Deflate cannot shrink data below a 1032nd.
  self->header->least_bytes =
      (uint64_t)png_get_image_width(png, self->info) * png_get_image_height(png, self->info) *
      png_get_bit_depth(png, self->info) * png_get_channels(png, self->info) / (8 * 1032);
  png_set_expand(png);
  const uint16_t one = 1;
  if (*(const uint8_t *)&one) png_set_swap(png);
}

static void finish_header(task *self) {
  self->header->width = png_get_image_width(self->png, self->info);
  self->header->height = png_get_image_height(self->png, self->info);
  // The next call allocates rows: gigabytes for a width of 2^31, which the caller refuses anyway.
  if (self->header->width > CMEDIA_LARGEST_SIDE || self->header->height > CMEDIA_LARGEST_SIDE)
    return;
  png_read_update_info(self->png, self->info);
  self->header->channels = png_get_channels(self->png, self->info);
  self->header->bit_depth = png_get_bit_depth(self->png, self->info);
}

static void read_header(task *self) {
  start_reading(self);
  finish_header(self);
}

static void read_pixels(task *self) {
  start_reading(self);
  int passes = png_set_interlace_handling(self->png);
  finish_header(self);
  const cmedia_picture_header *a = self->header, *b = self->expected;
  if (a->width != b->width || a->height != b->height || a->channels != b->channels ||
      a->bit_depth != b->bit_depth ||
      png_get_rowbytes(self->png, self->info) > self->row_bytes)
    png_error(self->png, "the header changed while the picture was read");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t row = 0; row < a->height; row++)
      png_read_row(self->png, self->pixels + row * self->row_bytes, NULL);
  png_read_end(self->png, NULL);
}

static int read_with(task *self, void (*body)(task *)) {
  self->message[0] = 0;
  self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
  self->info = self->png ? png_create_info_struct(self->png) : NULL;
  int status = 1;
  if (self->info)
    status = guarded(self, body);
  else
    snprintf(self->message, CMEDIA_MESSAGE, "libpng cannot start");
  png_destroy_read_struct(&self->png, &self->info, NULL);
  return status;
}

int cmedia_png_read_header(
    const void *data, size_t size, cmedia_picture_header *header, char *message) {
  task self = {.message = message, .data = data, .size = size, .header = header};
  return read_with(&self, read_header);
}

int cmedia_png_read_pixels(
    const void *data, size_t size, const cmedia_picture_header *header, void *pixels,
    size_t row_bytes, char *message) {
  cmedia_picture_header found = *header;
  task self = {
      .message = message, .data = data, .size = size, .header = &found, .expected = header,
      .pixels = pixels, .row_bytes = row_bytes};
  return read_with(&self, read_pixels);
}

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  cmedia_bytes *out = ((task *)png_get_io_ptr(png))->out;
  if (count > out->capacity - out->count) {
    size_t capacity = out->capacity * 2 + count + 65536;
    uint8_t *bytes = realloc(out->bytes, capacity);
    if (!bytes) png_error(png, "out of memory");
    out->bytes = bytes;
    out->capacity = capacity;
  }
  memcpy(out->bytes + out->count, from, count);
  out->count += count;
}

static void flush_bytes(png_structp png) { (void)png; }

static void write_picture(task *self) {
  static const int color_types[] = {
      PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA};
  png_structp png = self->png;
  const cmedia_picture_header *header = self->expected;
  png_set_write_fn(png, self, write_bytes, flush_bytes);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  // Runs only: rendered pictures repeat the byte before, once rows are predicted, and hardly
  // anything from further away. Smaller and four times as fast as level 6 on rendered frames.
  png_set_compression_strategy(png, Z_RLE);
  png_set_compression_buffer_size(png, 65536);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, self->filters);
  png_set_IHDR(
      png, self->info, header->width, header->height, header->bit_depth,
      color_types[header->channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
      PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, self->info);
  const uint16_t one = 1;
  if (*(const uint8_t *)&one && header->bit_depth == 16) png_set_swap(png);
  for (uint32_t row = 0; row < header->height; row++)
    png_write_row(png, self->source + row * self->row_bytes);
  png_write_end(png, NULL);
}

int cmedia_png_write(
    cmedia_bytes *out, const cmedia_picture_header *header, const void *pixels, size_t row_bytes,
    int filters, char *message) {
  task self = {
      .message = message, .expected = header, .source = pixels, .row_bytes = row_bytes,
      .out = out, .filters = filters};
  message[0] = 0;
  out->count = 0;
  self.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &self, on_error, on_warning);
  self.info = self.png ? png_create_info_struct(self.png) : NULL;
  int status = 1;
  if (self.info)
    status = guarded(&self, write_picture);
  else
    snprintf(message, CMEDIA_MESSAGE, "libpng cannot start");
  png_destroy_write_struct(&self.png, &self.info);
  return status;
}

void cmedia_bytes_free(cmedia_bytes bytes) { free(bytes.bytes); }

const char *cmedia_png_version(void) { return png_get_libpng_ver(NULL); }
