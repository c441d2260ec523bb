// Sums, largest and smallest elements of sixteen short rows at once, and sums of groups of lanes: trees of
// additions whose shuffles put the results side by side. Included by CSIMD.h.
#ifndef CSIMD_FOLDS_H
#define CSIMD_FOLDS_H

/// What becomes of two lanes; literals where they are passed on.
enum { CSIMD_ADD, CSIMD_LARGER, CSIMD_SMALLER };

CSIMD_INLINE csimd_float16 csimd_fold_lanes(csimd_float16 a, csimd_float16 b, int fold) {
  if (fold == CSIMD_ADD) return a + b;
  return fold == CSIMD_LARGER ? csimd_larger_f32(a, b) : csimd_smaller_f32(a, b);
}

/// What changes no lane that it is folded with.
CSIMD_INLINE float csimd_neutral(int fold) {
  return fold == CSIMD_ADD ? 0 : fold == CSIMD_LARGER ? -__builtin_inff() : __builtin_inff();
}

/// Halves of the quarters of two vectors: a0 a2, b0 b2, a1 a3, b1 b3 of each.
CSIMD_INLINE csimd_float16 csimd_fold_halves(csimd_float16 a, csimd_float16 b, int fold) {
  return csimd_fold_lanes(
      __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29),
      __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31),
      fold);
}

/// The quarters of four vectors: lane 4 q + i is quarter q of vector i.
CSIMD_INLINE csimd_float16 csimd_fold_quarters(
    csimd_float16 a, csimd_float16 b, csimd_float16 c, csimd_float16 d, int fold) {
  const csimd_float16 ab = csimd_fold_halves(a, b, fold), cd = csimd_fold_halves(c, d, fold);
  return csimd_fold_lanes(
      __builtin_shufflevector(
          ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
      __builtin_shufflevector(
          ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31),
      fold);
}

/// Quarters 0 and 1, 2 and 3 of a, then of b.
CSIMD_INLINE csimd_float16 csimd_fold_pairs(csimd_float16 a, csimd_float16 b, int fold) {
  return csimd_fold_lanes(
      __builtin_shufflevector(
          a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27),
      __builtin_shufflevector(
          a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
      fold);
}

/// Two or four neighbouring rows of up to eight or four floats, each at the begin of its part of the vector,
/// `rest` behind it. Sixteen floats are read.
CSIMD_INLINE csimd_float16 csimd_load_spread(
    const csimd_any_f32 *_Nonnull from, int length, int rows, float rest) {
  const csimd_int16 lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const csimd_int16 place = lanes & (csimd_int16)(16 / rows - 1);
  const csimd_int16 index = (rows == 2 ? lanes >> 3 : lanes >> 2) * length + place;
  const csimd_int16 mask = (csimd_int16)(place < (csimd_int16)length);
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_mask_permutexvar_ps(
      _mm512_set1_ps(rest), _mm512_movepi32_mask((__m512i)mask), (__m512i)index,
      _mm512_loadu_ps(from));
#else
  csimd_float16 result;
#if defined(__AVX2__)
  const csimd_any_f32 *middle = from + rows / 2 * length;
  if (rows == 2) {
    __builtin_memcpy(&result, from, 32);
    csimd_float8 high;
    __builtin_memcpy(&high, middle, 32);
    result.hi = high;
  } else {
    const __m256i half = (__m256i)index.lo;
    result.lo = (csimd_float8)_mm256_permutevar8x32_ps(_mm256_loadu_ps((const float *)from), half);
    result.hi =
        (csimd_float8)_mm256_permutevar8x32_ps(_mm256_loadu_ps((const float *)middle), half);
  }
#else
  for (int i = 0; i < 16; i++) result[i] = from[index[i] & 15];
#endif
  return mask ? result : (csimd_float16)rest;
#endif
}

/// A row of nine to 64 floats, folded to sixteen in the order of its vectors.
CSIMD_INLINE csimd_float16 csimd_load_row(
    const csimd_any_f32 *_Nonnull from, int length, int most, int fold) {
  const int whole = most - 16, count = length - whole;
  csimd_float16 rest = csimd_load_first_f32(from + whole, count);
  if (fold != CSIMD_ADD) rest = csimd_join_f32(rest, (csimd_float16)csimd_neutral(fold), count);
  if (whole == 0) return rest;
  csimd_float16 result;
  __builtin_memcpy(&result, from, 64);
#pragma clang loop unroll(full)
  for (int i = 16; i < whole; i += 16) {
    csimd_float16 value;
    __builtin_memcpy(&value, from + i, 64);
    result = csimd_fold_lanes(result, value, fold);
  }
  return csimd_fold_lanes(result, rest, fold);
}

CSIMD_INLINE csimd_float16 csimd_fold_rows(
    const void *_Nonnull rows, int length, int most, int fold) {
  const csimd_any_f32 *from = (const csimd_any_f32 *)rows;
  const float rest = csimd_neutral(fold);
  csimd_float16 quarters[4];
  const int vectors = most <= 4 ? 4 : most <= 8 ? 8 : 16, pixels = 16 / vectors;
#pragma clang loop unroll(full)
  for (int i = 0; i < vectors; i += 4) {
    csimd_float16 v[4];
#pragma clang loop unroll(full)
    for (int k = 0; k < 4; k++) {
      const csimd_any_f32 *place = from + (i + k) * pixels * length;
      v[k] = pixels > 1 ? csimd_load_spread(place, length, pixels, rest)
                        : csimd_load_row(place, length, most, fold);
    }
    quarters[i / 4] = csimd_fold_quarters(v[0], v[1], v[2], v[3], fold);
  }
  if (vectors == 4) return quarters[0];
  const csimd_float16 low = csimd_fold_pairs(quarters[0], quarters[1], fold);
  if (vectors == 8) return low;
  return csimd_fold_pairs(low, csimd_fold_pairs(quarters[2], quarters[3], fold), fold);
}

/// The sums of sixteen rows of `length` floats, one behind the other; `csimd_fold_lane` says which lane is
/// whose. `most`, a literal where it is called, is 4, 8, 16, 32, 48 or 64: the length is up to it, and above
/// the one before. Up to sixteen floats behind the rows are read.
CSIMD_INLINE csimd_float16 csimd_sum_rows(const void *_Nonnull rows, int length, int most) {
  return csimd_fold_rows(rows, length, most, CSIMD_ADD);
}

/// Their largest elements; a NaN may be one, or may not be seen.
CSIMD_INLINE csimd_float16 csimd_largest_of_rows(const void *_Nonnull rows, int length, int most) {
  return csimd_fold_rows(rows, length, most, CSIMD_LARGER);
}

/// Their smallest elements; a NaN may be one, or may not be seen.
CSIMD_INLINE csimd_float16 csimd_smallest_of_rows(const void *_Nonnull rows, int length, int most) {
  return csimd_fold_rows(rows, length, most, CSIMD_SMALLER);
}

/// The lane of a row's result.
CSIMD_INLINE int csimd_fold_lane(int row, int most) {
  if (most <= 4) return (row & 3) * 4 + row / 4;
  if (most <= 8) return (row & 8) + (row & 1) * 4 + (row / 2 & 3);
  return row;
}

/// Sums of four lanes of each of four vectors, one after the other: lanes i and i + 8 are added first, then i
/// and i + 4.
CSIMD_INLINE csimd_float16 csimd_quarter_sums_f32(
    csimd_float16 a, csimd_float16 b, csimd_float16 c, csimd_float16 d) {
#if defined(__AVX512F__)
  // The sums are made as they are before they are shuffled: the compiler must not move that in front of additions.
  __asm__("" : "+v"(a), "+v"(b), "+v"(c), "+v"(d));
#endif
#define CSIMD_HALVES(x, y)                                                                       \
  (__builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +       \
   __builtin_shufflevector(x, y, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
  const csimd_float16 ab = CSIMD_HALVES(a, b), cd = CSIMD_HALVES(c, d);
#undef CSIMD_HALVES
  return __builtin_shufflevector(
             ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
         __builtin_shufflevector(
             ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}

/// The sums of sixteen groups of four lanes, one after the other in four vectors: lanes 0 and 1, and 2 and 3, are
/// added first.
CSIMD_INLINE csimd_float16 csimd_sums_of_four_f32(
    csimd_float16 a, csimd_float16 b, csimd_float16 c, csimd_float16 d) {
#define CSIMD_PAIRS(x, y)                                                                        \
  (__builtin_shufflevector(x, y, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30) +    \
   __builtin_shufflevector(x, y, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31))
  const csimd_float16 ab = CSIMD_PAIRS(a, b), cd = CSIMD_PAIRS(c, d);
  const csimd_float16 sums = CSIMD_PAIRS(ab, cd);
#undef CSIMD_PAIRS
  return __builtin_shufflevector(
      sums, sums, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}
#endif
