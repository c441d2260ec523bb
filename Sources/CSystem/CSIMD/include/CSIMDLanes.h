// Arithmetic, comparison and selection, lane by lane. Included by CSIMD.h.
#ifndef CSIMD_LANES_H
#define CSIMD_LANES_H

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

/// a where the mask is all ones, b where it is 0.
CSIMD_INLINE csimd_int16 csimd_select_i32(csimd_int16 mask, csimd_int16 a, csimd_int16 b) {
  return (mask & a) | (~mask & b);
}
CSIMD_INLINE csimd_int16 csimd_and_i32(csimd_int16 a, csimd_int16 b) { return a & b; }
CSIMD_INLINE csimd_int16 csimd_or_i32(csimd_int16 a, csimd_int16 b) { return a | b; }
CSIMD_INLINE csimd_int16 csimd_not_i32(csimd_int16 a) { return ~a; }

/// b where it is larger, a elsewhere and where one is no number.
CSIMD_INLINE csimd_float16 csimd_larger_f32(csimd_float16 a, csimd_float16 b) {
  return b > a ? b : a;
}
/// b where it is smaller, a elsewhere and where one is no number.
CSIMD_INLINE csimd_float16 csimd_smaller_f32(csimd_float16 a, csimd_float16 b) {
  return b < a ? b : a;
}
CSIMD_INLINE csimd_float8 csimd_larger8_f32(csimd_float8 a, csimd_float8 b) {
  return b > a ? b : a;
}

/// The first `count` lanes of a, the others of b.
CSIMD_INLINE csimd_float16 csimd_join_f32(csimd_float16 a, csimd_float16 b, int count) {
  const csimd_int16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const csimd_int16 mask = (csimd_int16)(lanes < (csimd_int16)count);
  return (csimd_float16)((mask & (csimd_int16)a) | (~mask & (csimd_int16)b));
}

/// value >> count, lane by lane; counts are 0 to 31.
CSIMD_INLINE csimd_int16 csimd_shift_right_i32(csimd_int16 value, csimd_int16 count) {
  return value >> count;
}

/// value << count, lane by lane; counts are 0 to 31.
CSIMD_INLINE csimd_int16 csimd_shift_left_i32(csimd_int16 value, csimd_int16 count) {
  return value << count;
}

CSIMD_INLINE csimd_int16 csimd_min_i32(csimd_int16 a, csimd_int16 b) {
  return __builtin_elementwise_min(a, b);
}

CSIMD_INLINE csimd_int16 csimd_max_i32(csimd_int16 a, csimd_int16 b) {
  return __builtin_elementwise_max(a, b);
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

// Every 64-bit ARM fuses; on x86 it came with AVX2.
#if defined(__FMA__) || defined(__aarch64__)
#define CSIMD_FUSES 1
#else
#define CSIMD_FUSES 0
#endif

/// Whether this build multiplies and adds in one instruction; a constant where it is called.
CSIMD_INLINE bool csimd_fuses_multiply_add(void) { return CSIMD_FUSES; }

/// a * b + c: rounded once where the build has such an instruction, twice elsewhere.
CSIMD_INLINE csimd_float16 csimd_multiply_add_f32(
    csimd_float16 a, csimd_float16 b, csimd_float16 c) {
#if CSIMD_FUSES
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// The same of eight lanes.
CSIMD_INLINE csimd_float8 csimd_multiply_add8_f32(csimd_float8 a, csimd_float8 b, csimd_float8 c) {
#if CSIMD_FUSES
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

CSIMD_INLINE csimd_float16 csimd_divide_f32(csimd_float16 a, csimd_float16 b) { return a / b; }

CSIMD_INLINE csimd_float16 csimd_sqrt_f32(csimd_float16 value) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_sqrt_ps((__m512)value);
#elif defined(__AVX__)
  csimd_float16 result;
  result.lo = (csimd_float8)_mm256_sqrt_ps((__m256)value.lo);
  result.hi = (csimd_float8)_mm256_sqrt_ps((__m256)value.hi);
  return result;
#else
  return __builtin_elementwise_sqrt(value);
#endif
}

CSIMD_INLINE csimd_double8 csimd_widen_f32(csimd_float8 value) {
  return __builtin_convertvector(value, csimd_double8);
}

/// Rounded to nearest even.
CSIMD_INLINE csimd_float8 csimd_narrow_f64(csimd_double8 value) {
  return __builtin_convertvector(value, csimd_float8);
}

/// A whole number as an integer; INT32_MIN, as the instruction has it, for what does not fit and for
/// what is not a number. A cast would be undefined there.
CSIMD_INLINE int32_t csimd_whole_i32(float value) {
  return value >= -0x1p31f && value < 0x1p31f ? (int32_t)value : INT32_MIN;
}

/// Nearest integer, ties to even (the default rounding mode); INT32_MIN for what has none.
CSIMD_INLINE csimd_int16 csimd_round_i32(csimd_float16 value) {
#if defined(__AVX512F__)
  return (csimd_int16)_mm512_cvtps_epi32((__m512)value);
#elif defined(__AVX__)
  csimd_int16 result;
  result.lo = (csimd_int8)_mm256_cvtps_epi32((__m256)value.lo);
  result.hi = (csimd_int8)_mm256_cvtps_epi32((__m256)value.hi);
  return result;
#else
  csimd_int16 result;
  for (int i = 0; i < 16; i++) result[i] = csimd_whole_i32(__builtin_rintf(value[i]));
  return result;
#endif
}

/// Towards zero; INT32_MIN for what does not fit.
CSIMD_INLINE csimd_int16 csimd_truncate_i32(csimd_float16 value) {
#if defined(__AVX512F__)
  return (csimd_int16)_mm512_cvttps_epi32((__m512)value);
#elif defined(__AVX__)
  csimd_int16 result;
  result.lo = (csimd_int8)_mm256_cvttps_epi32((__m256)value.lo);
  result.hi = (csimd_int8)_mm256_cvttps_epi32((__m256)value.hi);
  return result;
#else
  csimd_int16 result;
  for (int i = 0; i < 16; i++) result[i] = csimd_whole_i32(value[i]);
  return result;
#endif
}

CSIMD_INLINE csimd_float16 csimd_to_f32(csimd_int16 value) {
  return __builtin_convertvector(value, csimd_float16);
}

/// The sum of the four quarters of a vector.
CSIMD_INLINE csimd_float4 csimd_sum_quarters_f32(csimd_float16 value) {
  const csimd_float8 half = value.lo + value.hi;
  return half.lo + half.hi;
}

/// Of four groups of four lanes, first + second and third + fourth, in the lower eight lanes.
CSIMD_INLINE csimd_float16 csimd_pair_sums_f32(csimd_float16 value) {
  return __builtin_shufflevector(value, value, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11) +
         __builtin_shufflevector(
             value, value, 4, 5, 6, 7, 12, 13, 14, 15, 4, 5, 6, 7, 12, 13, 14, 15);
}

/// The value itself, of which the optimiser knows nothing: it would turn products with small
/// constants into long sums.
CSIMD_INLINE csimd_int16 csimd_opaque_i32(csimd_int16 value) {
#if defined(__AVX512F__)
  __asm__("" : "+v"(value));
#endif
  return value;
}

/// The same for a distance between addresses: kept as one register, it goes into the addresses of loads.
/// The optimiser would rather keep every sum of it and run out of registers.
CSIMD_INLINE intptr_t csimd_opaque_distance(intptr_t value) {
#if defined(__x86_64__)
  __asm__("" : "+r"(value));
#endif
  return value;
}

/// Bytes in the widest vector register that this build uses; a constant where it is called.
CSIMD_INLINE int csimd_vector_bytes(void) {
#if defined(__AVX512F__)
  return 64;
#elif defined(__AVX2__)
  return 32;
#else
  return 16;
#endif
}
#endif
