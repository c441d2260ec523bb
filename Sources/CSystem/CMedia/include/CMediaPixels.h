// Interleaved pixels into vectors that Swift sees as SIMD16<UInt32>: the shuffle that Swift's SIMD
// types lack.
#ifndef CMEDIA_PIXELS_H
#define CMEDIA_PIXELS_H

#include <stdint.h>
#include <string.h>

typedef uint32_t cmedia_pixels16 __attribute__((ext_vector_type(16)));

/// Sixteen RGB pixels of three bytes each as 0x00BBGGRR lanes. Reads exactly 48 bytes.
static inline __attribute__((always_inline)) cmedia_pixels16
cmedia_load_rgb16(const uint8_t *_Nonnull pixels) {
  typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
  const bytes16 zero = 0;
  bytes16 a, b, c, d;
  memcpy(&a, pixels, 16);
  memcpy(&b, pixels + 12, 16);
  memcpy(&c, pixels + 24, 16);
  memcpy(&d, pixels + 32, 16);
#define CMEDIA_SPREAD(v, k)                                                                       \
  __builtin_shufflevector(                                                                        \
      v, zero, k, k + 1, k + 2, 16, k + 3, k + 4, k + 5, 16, k + 6, k + 7, k + 8, 16, k + 9,      \
      k + 10, k + 11, 16)
  a = CMEDIA_SPREAD(a, 0);
  b = CMEDIA_SPREAD(b, 0);
  c = CMEDIA_SPREAD(c, 0);
  d = CMEDIA_SPREAD(d, 4);
#undef CMEDIA_SPREAD
  cmedia_pixels16 result;
  memcpy(&result, &a, 16);
  memcpy((char *)&result + 16, &b, 16);
  memcpy((char *)&result + 32, &c, 16);
  memcpy((char *)&result + 48, &d, 16);
  return result;
}
#endif
