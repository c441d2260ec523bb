// Changes of order of sixteen rows or planes at once, in registers. Included by CSIMD.h.
#ifndef CSIMD_ORDER_H
#define CSIMD_ORDER_H

/// planes[k * stride + i] = rows[3 * i + k] for sixteen rows of three floats.
CSIMD_INLINE void csimd_rows3_to_planes16(
    const void *_Nonnull rows, void *_Nonnull planes, intptr_t stride) {
  csimd_any_f32 *target = (csimd_any_f32 *)planes;
#if defined(__AVX512F__)
  csimd_float16 a, b, c;
  const csimd_any_f32 *source = (const csimd_any_f32 *)rows;
  __builtin_memcpy(&a, source, 64);
  __builtin_memcpy(&b, source + 16, 64);
  __builtin_memcpy(&c, source + 32, 64);
  const csimd_float16 xab = __builtin_shufflevector(
      a, b, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, -1, -1, -1, -1, -1);
  const csimd_float16 x = __builtin_shufflevector(
      xab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
  const csimd_float16 yab = __builtin_shufflevector(
      a, b, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, -1, -1, -1, -1, -1);
  const csimd_float16 y = __builtin_shufflevector(
      yab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
  const csimd_float16 zab = __builtin_shufflevector(
      a, b, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, -1, -1, -1, -1, -1, -1);
  const csimd_float16 z = __builtin_shufflevector(
      zab, c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
  __builtin_memcpy(target, &x, 64);
  __builtin_memcpy(target + stride, &y, 64);
  __builtin_memcpy(target + 2 * stride, &z, 64);
#else
  csimd_rows3_to_planes(rows, target, stride);
  csimd_rows3_to_planes((const csimd_any_f32 *)rows + 24, target + 8, stride);
#endif
}

/// rows[3 * i + k] = planes[k * stride + i] for sixteen rows of three floats.
CSIMD_INLINE void csimd_planes16_to_rows3(
    const void *_Nonnull planes, intptr_t stride, void *_Nonnull rows) {
  const csimd_any_f32 *source = (const csimd_any_f32 *)planes;
#if defined(__AVX512F__)
  csimd_any_f32 *target = (csimd_any_f32 *)rows;
  csimd_float16 x, y, z;
  __builtin_memcpy(&x, source, 64);
  __builtin_memcpy(&y, source + stride, 64);
  __builtin_memcpy(&z, source + 2 * stride, 64);
  const csimd_float16 xy0 = __builtin_shufflevector(
      x, y, 0, 16, -1, 1, 17, -1, 2, 18, -1, 3, 19, -1, 4, 20, -1, 5);
  const csimd_float16 a = __builtin_shufflevector(
      xy0, z, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
  const csimd_float16 xy1 = __builtin_shufflevector(
      x, y, 21, -1, 6, 22, -1, 7, 23, -1, 8, 24, -1, 9, 25, -1, 10, 26);
  const csimd_float16 b = __builtin_shufflevector(
      xy1, z, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
  const csimd_float16 xy2 = __builtin_shufflevector(
      x, y, -1, 11, 27, -1, 12, 28, -1, 13, 29, -1, 14, 30, -1, 15, 31, -1);
  const csimd_float16 c = __builtin_shufflevector(
      xy2, z, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
  __builtin_memcpy(target, &a, 64);
  __builtin_memcpy(target + 16, &b, 64);
  __builtin_memcpy(target + 32, &c, 64);
#else
  csimd_planes_to_rows3(source, stride, rows);
  csimd_planes_to_rows3(source + 8, stride, (csimd_any_f32 *)rows + 24);
#endif
}

/// to[j * to_stride + i] = from[i * from_stride + j] for sixteen i and j. Every line of the source is read
/// once, every line of the target written once.
CSIMD_INLINE void csimd_transpose16_f32(
    const void *_Nonnull from, intptr_t from_stride, void *_Nonnull to, intptr_t to_stride) {
  const csimd_any_f32 *source = (const csimd_any_f32 *)from;
  csimd_any_f32 *target = (csimd_any_f32 *)to;
#if defined(__AVX512F__)
  __m512i r[16], t[16];
  for (int k = 0; k < 16; k++) r[k] = _mm512_loadu_si512(source + k * from_stride);
  for (int k = 0; k < 16; k += 2) {
    t[k] = _mm512_unpacklo_epi32(r[k], r[k + 1]);
    t[k + 1] = _mm512_unpackhi_epi32(r[k], r[k + 1]);
  }
  for (int k = 0; k < 16; k += 4) {
    r[k] = _mm512_unpacklo_epi64(t[k], t[k + 2]);
    r[k + 1] = _mm512_unpackhi_epi64(t[k], t[k + 2]);
    r[k + 2] = _mm512_unpacklo_epi64(t[k + 1], t[k + 3]);
    r[k + 3] = _mm512_unpackhi_epi64(t[k + 1], t[k + 3]);
  }
  // r[4 q + j] holds floats 4q .. 4q + 3 of columns j, j + 4, j + 8 and j + 12.
  for (int j = 0; j < 4; j++) {
    const __m512i a = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88);
    const __m512i b = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    const __m512i c = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd);
    const __m512i d = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    t[j] = _mm512_shuffle_i32x4(a, b, 0x88);
    t[j + 8] = _mm512_shuffle_i32x4(a, b, 0xdd);
    t[j + 4] = _mm512_shuffle_i32x4(c, d, 0x88);
    t[j + 12] = _mm512_shuffle_i32x4(c, d, 0xdd);
  }
  for (int i = 0; i < 16; i++) _mm512_storeu_si512(target + i * to_stride, t[i]);
#else
  for (int i = 0; i < 16; i += 8)
    for (int j = 0; j < 16; j += 8)
      csimd_transpose8_f32(
          source + i * from_stride + j, from_stride, target + j * to_stride + i, to_stride);
#endif
}

/// even[k] = source[4 k + first] and odd[k] = source[4 k + first + 1] for sixteen k; first is the literal 0 or 2.
CSIMD_INLINE void csimd_pairs_of_fours(
    const void *_Nonnull source, int first, void *_Nonnull even, void *_Nonnull odd) {
  csimd_float16 a, b, c, d, low, high;
  const csimd_any_f32 *from = (const csimd_any_f32 *)source;
  __builtin_memcpy(&a, from, 64);
  __builtin_memcpy(&b, from + 16, 64);
  __builtin_memcpy(&c, from + 32, 64);
  __builtin_memcpy(&d, from + 48, 64);
#define CSIMD_PAIRS(x, y, i, j)                                                                  \
  __builtin_shufflevector(                                                                       \
      x, y, i, i + 4, i + 8, i + 12, i + 16, i + 20, i + 24, i + 28, j, j + 4, j + 8, j + 12,    \
      j + 16, j + 20, j + 24, j + 28)
  if (first == 0) {
    low = CSIMD_PAIRS(a, b, 0, 1);
    high = CSIMD_PAIRS(c, d, 0, 1);
  } else {
    low = CSIMD_PAIRS(a, b, 2, 3);
    high = CSIMD_PAIRS(c, d, 2, 3);
  }
#undef CSIMD_PAIRS
  const csimd_float16 evens = __builtin_shufflevector(
      low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  const csimd_float16 odds = __builtin_shufflevector(
      low, high, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  __builtin_memcpy(even, &evens, 64);
  __builtin_memcpy(odd, &odds, 64);
}

/// Lane i of both vectors together: values[index[i] & 31], the second's lanes from 16 on.
CSIMD_INLINE csimd_float16 csimd_lookup32_f32(
    csimd_float16 first, csimd_float16 second, csimd_int16 index) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_permutex2var_ps((__m512)first, (__m512i)index, (__m512)second);
#else
  csimd_float16 result;
  for (int i = 0; i < 16; i++)
    result[i] = index[i] & 16 ? second[index[i] & 15] : first[index[i] & 15];
  return result;
#endif
}

/// values[index[i] & 15].
CSIMD_INLINE csimd_float16 csimd_lookup16_f32(csimd_float16 values, csimd_int16 index) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_permutexvar_ps((__m512i)index, (__m512)values);
#elif defined(__AVX2__)
  csimd_float16 result;
  for (int half = 0; half < 2; half++) {
    const __m256i place = (__m256i)(half ? index.hi : index.lo);
    const __m256 low = _mm256_permutevar8x32_ps((__m256)values.lo, place);
    const __m256 high = _mm256_permutevar8x32_ps((__m256)values.hi, place);
    const __m256 both = _mm256_blendv_ps(low, high, (__m256)_mm256_slli_epi32(place, 28));
    if (half)
      result.hi = (csimd_float8)both;
    else
      result.lo = (csimd_float8)both;
  }
  return result;
#else
  csimd_float16 result;
  for (int i = 0; i < 16; i++) result[i] = values[index[i] & 15];
  return result;
#endif
}

/// planes[16 * k + i] = rows[i * stride + k] for four k and sixteen i.
CSIMD_INLINE void csimd_rows_to_planes16(
    const void *_Nonnull rows, intptr_t stride, void *_Nonnull planes) {
  const csimd_any_f32 *source = (const csimd_any_f32 *)rows;
  csimd_any_f32 *target = (csimd_any_f32 *)planes;
#if defined(__AVX512F__)
  // Rows i, i + 4, i + 8 and i + 12 are the quarters of a register from the loads on.
  csimd_float16 r[4];
  for (int i = 0; i < 4; i++) {
    csimd_float4 q[4];
    for (int j = 0; j < 4; j++) __builtin_memcpy(&q[j], source + (i + 4 * j) * stride, 16);
    const csimd_float8 low = __builtin_shufflevector(q[0], q[1], 0, 1, 2, 3, 4, 5, 6, 7);
    const csimd_float8 high = __builtin_shufflevector(q[2], q[3], 0, 1, 2, 3, 4, 5, 6, 7);
    r[i] = __builtin_shufflevector(
        low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  }
  const __m512 a = _mm512_unpacklo_ps((__m512)r[0], (__m512)r[2]);
  const __m512 b = _mm512_unpackhi_ps((__m512)r[0], (__m512)r[2]);
  const __m512 c = _mm512_unpacklo_ps((__m512)r[1], (__m512)r[3]);
  const __m512 d = _mm512_unpackhi_ps((__m512)r[1], (__m512)r[3]);
  _mm512_storeu_ps(target, _mm512_unpacklo_ps(a, c));
  _mm512_storeu_ps(target + 16, _mm512_unpackhi_ps(a, c));
  _mm512_storeu_ps(target + 32, _mm512_unpacklo_ps(b, d));
  _mm512_storeu_ps(target + 48, _mm512_unpackhi_ps(b, d));
#else
  for (int i = 0; i < 16; i += 4)
    csimd_transpose4_f32(source + i * stride, stride, target + i, 16);
#endif
}

/// rows[i * stride + k] = planes[16 * k + i] for four k and sixteen i.
CSIMD_INLINE void csimd_planes16_to_rows(
    const void *_Nonnull planes, void *_Nonnull rows, intptr_t stride) {
  const csimd_any_f32 *source = (const csimd_any_f32 *)planes;
  csimd_any_f32 *target = (csimd_any_f32 *)rows;
#if defined(__AVX512F__)
  const __m512 x = _mm512_loadu_ps(source), y = _mm512_loadu_ps(source + 16);
  const __m512 z = _mm512_loadu_ps(source + 32), w = _mm512_loadu_ps(source + 48);
  const __m512 a = _mm512_unpacklo_ps(x, z), b = _mm512_unpackhi_ps(x, z);
  const __m512 c = _mm512_unpacklo_ps(y, w), d = _mm512_unpackhi_ps(y, w);
  // Rows i, i + 4, i + 8 and i + 12.
  const csimd_float16 r[4] = {
      (csimd_float16)_mm512_unpacklo_ps(a, c), (csimd_float16)_mm512_unpackhi_ps(a, c),
      (csimd_float16)_mm512_unpacklo_ps(b, d), (csimd_float16)_mm512_unpackhi_ps(b, d)};
  for (int j = 0; j < 4; j++)
    for (int i = 0; i < 4; i++) {
      const csimd_float8 half = j < 2 ? r[i].lo : r[i].hi;
      const csimd_float4 row = j & 1 ? half.hi : half.lo;
      __builtin_memcpy(target + (4 * j + i) * stride, &row, 16);
    }
#else
  for (int i = 0; i < 16; i += 4)
    csimd_transpose4_f32(source + i, 16, target + i * stride, stride);
#endif
}
#endif
