// One instruction a function, on vector types that Swift sees as SIMD8/SIMD16 values.
//
// What Swift's SIMD types lack: gather, mask-to-bits, vector float/integer conversions. Every
// function has a portable form, so that a build without AVX-512 or AVX2 compiles and gives the
// same values.
#ifndef CSIMD_H
#define CSIMD_H

#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float csimd_float16 __attribute__((ext_vector_type(16)));
typedef int32_t csimd_int16 __attribute__((ext_vector_type(16)));
typedef float csimd_float8 __attribute__((ext_vector_type(8)));
typedef int32_t csimd_int8 __attribute__((ext_vector_type(8)));

#define CSIMD_INLINE static inline __attribute__((always_inline))

/// base[index[i]] for sixteen indices.
CSIMD_INLINE csimd_float16 csimd_gather_f32(const float *_Nonnull base, csimd_int16 index) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_i32gather_ps((__m512i)index, base, 4);
#else
  csimd_float16 result;
  for (int i = 0; i < 16; i++) result[i] = base[index[i]];
  return result;
#endif
}

/// base[index[i]] for sixteen indices.
CSIMD_INLINE csimd_int16 csimd_gather_i32(const int32_t *_Nonnull base, csimd_int16 index) {
#if defined(__AVX512F__)
  return (csimd_int16)_mm512_i32gather_epi32((__m512i)index, base, 4);
#else
  csimd_int16 result;
  for (int i = 0; i < 16; i++) result[i] = base[index[i]];
  return result;
#endif
}

/// The sign bit of each lane, lane 0 in bit 0.
CSIMD_INLINE uint32_t csimd_sign_bits(csimd_int16 value) {
#if defined(__AVX512DQ__)
  return (uint32_t)_mm512_movepi32_mask((__m512i)value);
#else
  uint32_t bits = 0;
  for (int i = 0; i < 16; i++) bits |= ((uint32_t)value[i] >> 31) << i;
  return bits;
#endif
}

/// All ones in the lanes where the comparison holds, else 0; a NaN compares false.
CSIMD_INLINE csimd_int16 csimd_greater_i32(csimd_int16 a, csimd_int16 b) {
  return (csimd_int16)(a > b);
}
CSIMD_INLINE csimd_int16 csimd_equal_i32(csimd_int16 a, csimd_int16 b) {
  return (csimd_int16)(a == b);
}
CSIMD_INLINE csimd_int16 csimd_greater_f32(csimd_float16 a, csimd_float16 b) {
  return (csimd_int16)(a > b);
}
CSIMD_INLINE csimd_int16 csimd_greater_equal_f32(csimd_float16 a, csimd_float16 b) {
  return (csimd_int16)(a >= b);
}
CSIMD_INLINE csimd_int16 csimd_equal_f32(csimd_float16 a, csimd_float16 b) {
  return (csimd_int16)(a == b);
}

/// value >> count, lane by lane; counts are 0 to 31.
CSIMD_INLINE csimd_int16 csimd_shift_right_i32(csimd_int16 value, csimd_int16 count) {
  return value >> count;
}

/// The largest integers that are not above the values.
CSIMD_INLINE csimd_float16 csimd_floor_f32(csimd_float16 value) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_roundscale_ps((__m512)value, _MM_FROUND_TO_NEG_INF | 8);
#else
  csimd_float16 result;
  for (int i = 0; i < 16; i++) result[i] = __builtin_floorf(value[i]);
  return result;
#endif
}

CSIMD_INLINE csimd_float16 csimd_sqrt_f32(csimd_float16 value) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_sqrt_ps((__m512)value);
#else
  csimd_float16 result;
  for (int i = 0; i < 16; i++) result[i] = __builtin_sqrtf(value[i]);
  return result;
#endif
}

/// Nearest integer, ties to even (the default rounding mode).
CSIMD_INLINE csimd_int16 csimd_round_i32(csimd_float16 value) {
#if defined(__AVX512F__)
  return (csimd_int16)_mm512_cvtps_epi32((__m512)value);
#else
  csimd_int16 result;
  for (int i = 0; i < 16; i++) result[i] = (int32_t)__builtin_rintf(value[i]);
  return result;
#endif
}

/// Towards zero.
CSIMD_INLINE csimd_int16 csimd_truncate_i32(csimd_float16 value) {
  return __builtin_convertvector(value, csimd_int16);
}

CSIMD_INLINE csimd_float16 csimd_to_f32(csimd_int16 value) {
  return __builtin_convertvector(value, csimd_float16);
}

/// What the package was built for: AVATAR_MARCH, or an empty string.
const char *_Nonnull csimd_build_march(void);
/// Instruction-set extensions that this build uses and this processor lacks, separated by blanks;
/// an empty string when the program can run here.
const char *_Nonnull csimd_missing_features(void);
/// Processors that the affinity mask of this process allows.
int csimd_processor_count(void);
#endif
