// JPEG reading through libjpeg, in memory; errors arrive by longjmp as in PNG.c.
#include <stddef.h>
#include <stdio.h>
// jpeglib.h needs the two above.
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>
#include <string.h>

#include "CMedia.h"

// A progressive file of a few bytes can ask for any number of passes over a huge picture.
enum { MOST_SCANS = 500 };

typedef struct {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  char *message;
  const uint8_t *data;
  size_t size;
  cmedia_picture_header *header;
  const cmedia_picture_header *expected;
  uint8_t *pixels;
  size_t row_bytes;
} task;

static void fail(task *self, const char *text) {
  snprintf(self->message, CMEDIA_MESSAGE, "%s", text);
  longjmp(self->escape, 1);
}

static void on_error(j_common_ptr jpeg) {
  task *self = (task *)jpeg;
  char text[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, text);
  fail(self, text);
}

// libjpeg warns about damage and goes on with grey blocks. Only what leaves the pixels whole may
// pass.
static void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
      return;
    default:
      on_error(jpeg);
  }
}

static void on_output(j_common_ptr jpeg) { (void)jpeg; }

static void on_progress(j_common_ptr jpeg) {
  if (((j_decompress_ptr)jpeg)->input_scan_number > MOST_SCANS)
    fail((task *)jpeg, "too many scans");
}

// Four inks in `from`, red, green and blue in `to`. Adobe's programs store what is left of the paper.
static void mix_inks(const uint8_t *from, uint8_t *to, uint32_t width, int inverted) {
  const unsigned flip = inverted ? 0 : 255;
  for (uint32_t x = 0; x < width; x++, from += 4, to += 3) {
    const unsigned paper = from[3] ^ flip;
    for (int i = 0; i < 3; i++) to[i] = (uint8_t)(((from[i] ^ flip) * paper + 127) / 255);
  }
}

static void read_header(task *self) {
  j_decompress_ptr jpeg = &self->jpeg;
  jpeg_create_decompress(jpeg);
  jpeg->progress = &self->progress;
  self->progress.progress_monitor = on_progress;
  jpeg_mem_src(jpeg, self->data, self->size);
  jpeg_read_header(jpeg, TRUE);
  if (jpeg->jpeg_color_space == JCS_GRAYSCALE) {
    jpeg->out_color_space = JCS_GRAYSCALE;
  } else if (jpeg->jpeg_color_space == JCS_YCbCr || jpeg->jpeg_color_space == JCS_RGB) {
    jpeg->out_color_space = JCS_RGB;
  } else if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) {
    jpeg->out_color_space = JCS_CMYK;
  } else {
    fail(self, "an unknown colour space");
  }
  self->header->width = jpeg->image_width;
  self->header->height = jpeg->image_height;
  self->header->channels = jpeg->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  self->header->bit_depth = 8;
  // A block of 8 x 8 takes at least one bit; arithmetic coding has no such bound.
  self->header->least_bytes =
      jpeg->arith_code ? 0 : (uint64_t)jpeg->image_width * jpeg->image_height / (64 * 8);
}

static void read_pixels(task *self) {
  read_header(self);
  const cmedia_picture_header *a = self->header, *b = self->expected;
  if (a->width != b->width || a->height != b->height || a->channels != b->channels ||
      (size_t)a->width * a->channels > self->row_bytes)
    fail(self, "the header changed while the picture was read");
  j_decompress_ptr jpeg = &self->jpeg;
  jpeg_start_decompress(jpeg);
  const int has_inks = jpeg->out_color_space == JCS_CMYK;
  JSAMPARRAY inks =
      has_inks ? jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, a->width * 4, 1) : NULL;
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = self->pixels + jpeg->output_scanline * self->row_bytes;
    jpeg_read_scanlines(jpeg, has_inks ? inks : &row, 1);
    if (has_inks) mix_inks(inks[0], row, a->width, jpeg->saw_Adobe_marker);
  }
  jpeg_finish_decompress(&self->jpeg);
}

static int run(task *self, void (*body)(task *)) {
  self->message[0] = 0;
  self->jpeg.err = jpeg_std_error(&self->errors);
  self->errors.error_exit = on_error;
  self->errors.emit_message = on_message;
  self->errors.output_message = on_output;
  int status = setjmp(self->escape);
  if (status == 0) body(self);
  jpeg_destroy_decompress(&self->jpeg);
  return status;
}

int cmedia_jpeg_read_header(
    const void *data, size_t size, cmedia_picture_header *header, char *message) {
  task self = {.message = message, .data = data, .size = size, .header = header};
  return run(&self, read_header);
}

int cmedia_jpeg_read_pixels(
    const void *data, size_t size, const cmedia_picture_header *header, void *pixels,
    size_t row_bytes, char *message) {
  cmedia_picture_header found = *header;
  task self = {
      .message = message, .data = data, .size = size, .header = &found, .expected = header,
      .pixels = pixels, .row_bytes = row_bytes};
  return run(&self, read_pixels);
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
const char *cmedia_jpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return TEXT(JPEG_LIB_VERSION) " (turbo " TEXT(LIBJPEG_TURBO_VERSION) ")";
#else
  return TEXT(JPEG_LIB_VERSION);
#endif
}
