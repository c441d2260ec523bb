// Loads, stores and the changes of order that go with them. Included by CSIMD.h.
#ifndef CSIMD_MEMORY_H
#define CSIMD_MEMORY_H

/// Words and floats of memory that is also seen as something else: rows of pixels, planes, scratch. A
/// compiler takes it that plain ones are not.
typedef int32_t __attribute__((may_alias)) csimd_any_i32;
typedef float __attribute__((may_alias)) csimd_any_f32;

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

/// Rows of four words at base[4 * index[i]], as four planes of sixteen words. Rows are 16-byte, the
/// planes 64-byte aligned.
CSIMD_INLINE void csimd_gather_rows4(
    const int32_t *_Nonnull base, const int32_t *_Nonnull index, int32_t *_Nonnull planes) {
#if defined(__AVX512F__)
#define CSIMD_ROW(i) _mm_load_si128((const __m128i *)(base + 4 * (intptr_t)index[i]))
#define CSIMD_ROWS(i)                                                                        \
  _mm512_inserti32x4(                                                                        \
      _mm512_inserti32x4(                                                                    \
          _mm512_inserti32x4(_mm512_castsi128_si512(CSIMD_ROW(i)), CSIMD_ROW(i + 4), 1),     \
          CSIMD_ROW(i + 8), 2),                                                              \
      CSIMD_ROW(i + 12), 3)
  const __m512i r0 = CSIMD_ROWS(0), r1 = CSIMD_ROWS(1), r2 = CSIMD_ROWS(2), r3 = CSIMD_ROWS(3);
#undef CSIMD_ROWS
#undef CSIMD_ROW
  const __m512i a = _mm512_unpacklo_epi32(r0, r1), b = _mm512_unpacklo_epi32(r2, r3);
  const __m512i c = _mm512_unpackhi_epi32(r0, r1), d = _mm512_unpackhi_epi32(r2, r3);
  _mm512_store_si512(planes, _mm512_unpacklo_epi64(a, b));
  _mm512_store_si512(planes + 16, _mm512_unpackhi_epi64(a, b));
  _mm512_store_si512(planes + 32, _mm512_unpacklo_epi64(c, d));
  _mm512_store_si512(planes + 48, _mm512_unpackhi_epi64(c, d));
#else
  for (int i = 0; i < 16; i++) {
    const int32_t *row = base + 4 * (intptr_t)index[i];
    planes[i] = row[0];
    planes[16 + i] = row[1];
    planes[32 + i] = row[2];
    planes[48 + i] = row[3];
  }
#endif
}

/// Writes sixteen rows of four words: row i is (vx[i], vy[i], vz[i], vw[i]).
CSIMD_INLINE void csimd_store_rows4(
    void *_Nonnull to, csimd_int16 vx, csimd_int16 vy, csimd_int16 vz, csimd_int16 vw) {
  csimd_any_i32 *target = (csimd_any_i32 *)to;
#if defined(__AVX512F__)
  const __m512i x = (__m512i)vx, y = (__m512i)vy, z = (__m512i)vz, w = (__m512i)vw;
  const __m512i a = _mm512_unpacklo_epi32(x, y), b = _mm512_unpackhi_epi32(x, y);
  const __m512i c = _mm512_unpacklo_epi32(z, w), d = _mm512_unpackhi_epi32(z, w);
  // Rows 0 4 8 12, 1 5 9 13, 2 6 10 14 and 3 7 11 15.
  const __m512i e = _mm512_unpacklo_epi64(a, c), f = _mm512_unpackhi_epi64(a, c);
  const __m512i g = _mm512_unpacklo_epi64(b, d), h = _mm512_unpackhi_epi64(b, d);
  const __m512i ef0 = _mm512_shuffle_i32x4(e, f, 0x44), ef1 = _mm512_shuffle_i32x4(e, f, 0xee);
  const __m512i gh0 = _mm512_shuffle_i32x4(g, h, 0x44), gh1 = _mm512_shuffle_i32x4(g, h, 0xee);
  _mm512_storeu_si512(target, _mm512_shuffle_i32x4(ef0, gh0, 0x88));
  _mm512_storeu_si512(target + 16, _mm512_shuffle_i32x4(ef0, gh0, 0xdd));
  _mm512_storeu_si512(target + 32, _mm512_shuffle_i32x4(ef1, gh1, 0x88));
  _mm512_storeu_si512(target + 48, _mm512_shuffle_i32x4(ef1, gh1, 0xdd));
#else
  for (int i = 0; i < 16; i++) {
    target[4 * i] = vx[i];
    target[4 * i + 1] = vy[i];
    target[4 * i + 2] = vz[i];
    target[4 * i + 3] = vw[i];
  }
#endif
}

/// planes[16 * k + i] = rows[4 * i + k] for sixteen rows of four words; both are 64-byte aligned.
CSIMD_INLINE void csimd_rows4_to_planes(const void *_Nonnull from, void *_Nonnull to) {
  const csimd_any_i32 *rows = (const csimd_any_i32 *)from;
  csimd_any_i32 *planes = (csimd_any_i32 *)to;
#if defined(__AVX512F__)
  const __m512i a = _mm512_load_si512(rows), b = _mm512_load_si512(rows + 16);
  const __m512i c = _mm512_load_si512(rows + 32), d = _mm512_load_si512(rows + 48);
  const __m512i x = _mm512_set_epi32(28, 24, 20, 16, 12, 8, 4, 0, 28, 24, 20, 16, 12, 8, 4, 0);
  const __m512i one = _mm512_set1_epi32(1);
  __m512i index = x;
  for (int k = 0; k < 4; k++) {
    const __m512i low = _mm512_permutex2var_epi32(a, index, b);
    const __m512i high = _mm512_permutex2var_epi32(c, index, d);
    _mm512_store_si512(planes + 16 * k, _mm512_shuffle_i32x4(low, high, 0x44));
    index = _mm512_add_epi32(index, one);
  }
#else
  for (int i = 0; i < 16; i++)
    for (int k = 0; k < 4; k++) planes[16 * k + i] = rows[4 * i + k];
#endif
}

/// Writes the first `count` columns of sixteen planes as rows of sixteen words:
/// target[16 * i + k] = planes[16 * k + i]. Both are 64-byte aligned.
CSIMD_INLINE void csimd_store_rows16(void *_Nonnull to, const void *_Nonnull from, int count) {
  csimd_any_i32 *target = (csimd_any_i32 *)to;
  const csimd_any_i32 *planes = (const csimd_any_i32 *)from;
#if defined(__AVX512F__)
  __m512i r[16], t[16];
  for (int k = 0; k < 16; k++) r[k] = _mm512_load_si512(planes + 16 * k);
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
  // r[4 q + j] holds words 4q .. 4q + 3 of rows j, j + 4, j + 8 and j + 12.
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
  if (count == 16) {
    for (int i = 0; i < 16; i++) _mm512_store_si512(target + 16 * i, t[i]);
  } else {
    for (int i = 0; i < 16; i++)
      if (i < count) _mm512_store_si512(target + 16 * i, t[i]);
  }
#else
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 16; k++) target[16 * i + k] = planes[16 * k + i];
#endif
}

/// Four rows of sixteen words at multiples of `stride` hold blocks of 4 x 4 samples, one after the
/// other in a row; afterwards row r holds row r of the four blocks.
CSIMD_INLINE void csimd_blocks_to_rows(void *_Nonnull memory, intptr_t stride) {
  csimd_any_i32 *rows = (csimd_any_i32 *)memory;
#if defined(__AVX512F__)
  const __m512i a = _mm512_load_si512(rows), b = _mm512_load_si512(rows + stride);
  const __m512i c = _mm512_load_si512(rows + 2 * stride);
  const __m512i d = _mm512_load_si512(rows + 3 * stride);
  const __m512i ab0 = _mm512_shuffle_i32x4(a, b, 0x44), ab1 = _mm512_shuffle_i32x4(a, b, 0xee);
  const __m512i cd0 = _mm512_shuffle_i32x4(c, d, 0x44), cd1 = _mm512_shuffle_i32x4(c, d, 0xee);
  _mm512_store_si512(rows, _mm512_shuffle_i32x4(ab0, cd0, 0x88));
  _mm512_store_si512(rows + stride, _mm512_shuffle_i32x4(ab0, cd0, 0xdd));
  _mm512_store_si512(rows + 2 * stride, _mm512_shuffle_i32x4(ab1, cd1, 0x88));
  _mm512_store_si512(rows + 3 * stride, _mm512_shuffle_i32x4(ab1, cd1, 0xdd));
#else
  int32_t copy[64];
  for (int k = 0; k < 4; k++)
    for (int i = 0; i < 16; i++) copy[16 * k + i] = rows[k * stride + i];
  for (int r = 0; r < 4; r++)
    for (int i = 0; i < 16; i++) rows[r * stride + i] = copy[16 * (i / 4) + 4 * r + i % 4];
#endif
}

/// to[j * to_stride + i] = from[i * from_stride + j] for four i and j.
CSIMD_INLINE void csimd_transpose4_f32(
    const void *_Nonnull from, intptr_t from_stride, void *_Nonnull to, intptr_t to_stride) {
  csimd_float4 a, b, c, d;
  const csimd_any_f32 *source = (const csimd_any_f32 *)from;
  __builtin_memcpy(&a, source, 16);
  __builtin_memcpy(&b, source + from_stride, 16);
  __builtin_memcpy(&c, source + 2 * from_stride, 16);
  __builtin_memcpy(&d, source + 3 * from_stride, 16);
  const csimd_float4 e = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const csimd_float4 f = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const csimd_float4 g = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const csimd_float4 h = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(e, g, 0, 1, 4, 5);
  b = __builtin_shufflevector(e, g, 2, 3, 6, 7);
  c = __builtin_shufflevector(f, h, 0, 1, 4, 5);
  d = __builtin_shufflevector(f, h, 2, 3, 6, 7);
  csimd_any_f32 *target = (csimd_any_f32 *)to;
  __builtin_memcpy(target, &a, 16);
  __builtin_memcpy(target + to_stride, &b, 16);
  __builtin_memcpy(target + 2 * to_stride, &c, 16);
  __builtin_memcpy(target + 3 * to_stride, &d, 16);
}

/// The same for eight i and j. Rows i and i + 4 are the halves of a register from the loads on, so that the
/// rest is done within halves.
CSIMD_INLINE void csimd_transpose8_f32(
    const void *_Nonnull from, intptr_t from_stride, void *_Nonnull to, intptr_t to_stride) {
  const csimd_any_f32 *source = (const csimd_any_f32 *)from;
  csimd_any_f32 *target = (csimd_any_f32 *)to;
  for (int half = 0; half < 8; half += 4) {
    csimd_float8 rows[4];
    for (int i = 0; i < 4; i++) {
      csimd_float4 low, high;
      __builtin_memcpy(&low, source + i * from_stride + half, 16);
      __builtin_memcpy(&high, source + (i + 4) * from_stride + half, 16);
      rows[i] = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
    }
    const csimd_float8 e = __builtin_shufflevector(rows[0], rows[1], 0, 8, 1, 9, 4, 12, 5, 13);
    const csimd_float8 f = __builtin_shufflevector(rows[0], rows[1], 2, 10, 3, 11, 6, 14, 7, 15);
    const csimd_float8 g = __builtin_shufflevector(rows[2], rows[3], 0, 8, 1, 9, 4, 12, 5, 13);
    const csimd_float8 h = __builtin_shufflevector(rows[2], rows[3], 2, 10, 3, 11, 6, 14, 7, 15);
    rows[0] = __builtin_shufflevector(e, g, 0, 1, 8, 9, 4, 5, 12, 13);
    rows[1] = __builtin_shufflevector(e, g, 2, 3, 10, 11, 6, 7, 14, 15);
    rows[2] = __builtin_shufflevector(f, h, 0, 1, 8, 9, 4, 5, 12, 13);
    rows[3] = __builtin_shufflevector(f, h, 2, 3, 10, 11, 6, 7, 14, 15);
    for (int i = 0; i < 4; i++) __builtin_memcpy(target + (half + i) * to_stride, &rows[i], 32);
  }
}

/// planes[k * stride + i] = rows[3 * i + k] for eight rows of three floats.
CSIMD_INLINE void csimd_rows3_to_planes(
    const void *_Nonnull rows, void *_Nonnull planes, intptr_t stride) {
  csimd_float4 part[6];
  __builtin_memcpy(part, rows, 96);
  // x0 y0 z0 x1, y1 z1 x2 y2 and z2 x3 y3 z3, and the same of rows 4 to 7.
  const csimd_float8 a = __builtin_shufflevector(part[0], part[3], 0, 1, 2, 3, 4, 5, 6, 7);
  const csimd_float8 b = __builtin_shufflevector(part[1], part[4], 0, 1, 2, 3, 4, 5, 6, 7);
  const csimd_float8 c = __builtin_shufflevector(part[2], part[5], 0, 1, 2, 3, 4, 5, 6, 7);
  const csimd_float8 xy = __builtin_shufflevector(b, c, 2, 3, 9, 10, 6, 7, 13, 14);
  const csimd_float8 yz = __builtin_shufflevector(a, b, 1, 2, 8, 9, 5, 6, 12, 13);
  const csimd_float8 x = __builtin_shufflevector(a, xy, 0, 3, 8, 10, 4, 7, 12, 14);
  const csimd_float8 y = __builtin_shufflevector(yz, xy, 0, 2, 9, 11, 4, 6, 13, 15);
  const csimd_float8 z = __builtin_shufflevector(yz, c, 1, 3, 8, 11, 5, 7, 12, 15);
  csimd_any_f32 *target = (csimd_any_f32 *)planes;
  __builtin_memcpy(target, &x, 32);
  __builtin_memcpy(target + stride, &y, 32);
  __builtin_memcpy(target + 2 * stride, &z, 32);
}

/// rows[3 * i + k] = planes[k * stride + i] for eight rows of three floats.
CSIMD_INLINE void csimd_planes_to_rows3(
    const void *_Nonnull planes, intptr_t stride, void *_Nonnull rows) {
  csimd_float8 x, y, z;
  const csimd_any_f32 *source = (const csimd_any_f32 *)planes;
  __builtin_memcpy(&x, source, 32);
  __builtin_memcpy(&y, source + stride, 32);
  __builtin_memcpy(&z, source + 2 * stride, 32);
  const csimd_float8 xy = __builtin_shufflevector(x, y, 0, 2, 8, 10, 4, 6, 12, 14);
  const csimd_float8 yz = __builtin_shufflevector(y, z, 1, 3, 9, 11, 5, 7, 13, 15);
  const csimd_float8 zx = __builtin_shufflevector(z, x, 0, 2, 9, 11, 4, 6, 13, 15);
  const csimd_float8 a = __builtin_shufflevector(xy, zx, 0, 2, 8, 10, 4, 6, 12, 14);
  const csimd_float8 b = __builtin_shufflevector(yz, xy, 0, 2, 9, 11, 4, 6, 13, 15);
  const csimd_float8 c = __builtin_shufflevector(zx, yz, 1, 3, 9, 11, 5, 7, 13, 15);
  const csimd_float4 part[6] = {a.lo, b.lo, c.lo, a.hi, b.hi, c.hi};
  __builtin_memcpy(rows, part, 96);
}

/// source[i * stride] for sixteen i; stride is a literal from 1 to 4 where it is called. Reads up to
/// source[16 * stride - 1].
CSIMD_INLINE csimd_float16 csimd_every_f32(const void *_Nonnull from, int stride) {
  const csimd_any_f32 *source = (const csimd_any_f32 *)from;
#if defined(__AVX512F__)
  if (stride == 1) return (csimd_float16)_mm512_loadu_ps(source);
  if (stride == 2) {
    const __m512i even = _mm512_set_epi32(
        30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
    return (csimd_float16)_mm512_permutex2var_ps(
        _mm512_loadu_ps(source), even, _mm512_loadu_ps(source + 16));
  }
#endif
  csimd_float16 result;
  for (int i = 0; i < 16; i++) result[i] = source[i * stride];
  return result;
}

/// table[index[i] & 15].
CSIMD_INLINE csimd_int16 csimd_lookup16_i32(csimd_int16 table, csimd_int16 index) {
#if defined(__AVX512F__)
  return (csimd_int16)_mm512_permutexvar_epi32((__m512i)index, (__m512i)table);
#else
  csimd_int16 result;
  for (int i = 0; i < 16; i++) result[i] = table[index[i] & 15];
  return result;
#endif
}

/// Eight half-precision floats from `low` and eight from `high`, widened.
CSIMD_INLINE csimd_float16 csimd_load_halves(
    const uint16_t *_Nonnull low, const uint16_t *_Nonnull high) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_cvtph_ps(_mm256_inserti128_si256(
      _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)),
      _mm_loadu_si128((const __m128i *)high), 1));
#elif defined(__F16C__)
  csimd_float16 result;
  result.lo = (csimd_float8)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)low));
  result.hi = (csimd_float8)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)high));
  return result;
#else
  union {
    uint16_t bits[16];
    csimd_halves16 values;
  } both;
  for (int i = 0; i < 8; i++) {
    both.bits[i] = low[i];
    both.bits[8 + i] = high[i];
  }
  return __builtin_convertvector(both.values, csimd_float16);
#endif
}

/// Sixteen floats as half-precision floats, rounded to nearest even.
CSIMD_INLINE void csimd_store_halves(uint16_t *_Nonnull target, csimd_float16 value) {
#if defined(__AVX512F__)
  _mm256_storeu_si256((__m256i *)target, _mm512_cvtps_ph((__m512)value, 0));
#elif defined(__F16C__)
  _mm_storeu_si128((__m128i *)target, _mm256_cvtps_ph((__m256)value.lo, 0));
  _mm_storeu_si128((__m128i *)(target + 8), _mm256_cvtps_ph((__m256)value.hi, 0));
#else
  union {
    csimd_halves16 values;
    uint16_t bits[16];
  } both = {.values = __builtin_convertvector(value, csimd_halves16)};
  for (int i = 0; i < 16; i++) target[i] = both.bits[i];
#endif
}

/// Lane i holds values[i / 4].
CSIMD_INLINE csimd_float16 csimd_spread4_f32(const float *_Nonnull values) {
#if defined(__AVX512F__)
  const __m512i lanes = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
  return (csimd_float16)_mm512_permutexvar_ps(
      lanes, _mm512_castps128_ps512(_mm_loadu_ps(values)));
#else
  csimd_float16 result;
  for (int i = 0; i < 16; i++) result[i] = values[i / 4];
  return result;
#endif
}

/// Three low bytes of the first `count` lanes, one after the other; nothing behind them is touched.
CSIMD_INLINE void csimd_store_low_bytes3(
    uint8_t *_Nonnull target, csimd_int16 value, int count) {
#if defined(__AVX512BW__)
  const __m512i bytes = _mm512_broadcast_i32x4(
      _mm_set_epi8(-1, -1, -1, -1, 14, 13, 12, 10, 9, 8, 6, 5, 4, 2, 1, 0));
  const __m512i words = _mm512_set_epi32(
      15, 11, 7, 3, 14, 13, 12, 10, 9, 8, 6, 5, 4, 2, 1, 0);
  _mm512_mask_storeu_epi8(
      target, ((__mmask64)1 << 3 * count) - 1,
      _mm512_permutexvar_epi32(words, _mm512_shuffle_epi8((__m512i)value, bytes)));
#else
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 3; k++) target[3 * i + k] = (uint8_t)(value[i] >> 8 * k);
#endif
}

/// The lanes whose bit is set, moved to the front in order; what follows means nothing.
CSIMD_INLINE csimd_int16 csimd_compress_i32(csimd_int16 value, uint32_t bits) {
#if defined(__AVX512F__)
  return (csimd_int16)_mm512_maskz_compress_epi32((__mmask16)bits, (__m512i)value);
#else
  csimd_int16 result = value;
  int count = 0;
  for (int i = 0; i < 16; i++)
    if (bits >> i & 1) result[count++] = value[i];
  return result;
#endif
}

/// Stores lanes `first` ..< `end`.
CSIMD_INLINE void csimd_store_between_f32(
    float *_Nonnull target, csimd_float16 value, int first, int end) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(
      target, (__mmask16)((1u << end) - (1u << first)), (__m512)value);
#else
  for (int i = first; i < end; i++) target[i] = value[i];
#endif
}

/// Stores the first `count` lanes, 0 to 16; nothing behind them is touched.
CSIMD_INLINE void csimd_store_first_f32(void *_Nonnull to, csimd_float16 value, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)value);
#else
  // By halves of what is left: AMD's processors before Zen 4 store through a mask of AVX lane by lane.
  char *target = (char *)to;
  if (count >= 16) {
    __builtin_memcpy(target, &value, 64);
    return;
  }
  csimd_float8 eight = value.lo;
  if (count & 8) {
    __builtin_memcpy(target, &eight, 32);
    target += 32;
    eight = value.hi;
  }
  csimd_float4 four = eight.lo;
  if (count & 4) {
    __builtin_memcpy(target, &four, 16);
    target += 16;
    four = eight.hi;
  }
  csimd_float2 two = four.lo;
  if (count & 2) {
    __builtin_memcpy(target, &two, 8);
    target += 8;
    two = four.hi;
  }
  if (count & 1) {
    const float one = two.x;
    __builtin_memcpy(target, &one, 4);
  }
#endif
}

/// Loads the first `count` lanes, 0 to 16, and zeros behind them; nothing behind them is read.
CSIMD_INLINE csimd_float16 csimd_load_first_f32(const void *_Nonnull from, int count) {
#if defined(__AVX512F__)
  return (csimd_float16)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#elif defined(__AVX2__)
  // Lanes whose mask is 0 are not read: they cannot fault.
  const __m256i counts = _mm256_set1_epi32(count);
  const __m256i low = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i high = _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15);
  csimd_float16 result;
  result.lo =
      (csimd_float8)_mm256_maskload_ps((const float *)from, _mm256_cmpgt_epi32(counts, low));
  // An address, not an element: the pointer may not reach so far.
  result.hi = (csimd_float8)_mm256_maskload_ps(
      (const float *)((uintptr_t)from + 32), _mm256_cmpgt_epi32(counts, high));
  return result;
#else
  const char *source = (const char *)from;
  csimd_float16 result = {0};
  if (count >= 16) {
    __builtin_memcpy(&result, source, 64);
    return result;
  }
  // From the back: what is loaded later goes in front of what is there.
  csimd_float2 two = {0};
  if (count & 1) {
    float one;
    __builtin_memcpy(&one, source + 4 * (count & 14), 4);
    two.x = one;
  }
  csimd_float4 four = {0};
  four.lo = two;
  if (count & 2) {
    four.hi = two;
    __builtin_memcpy(&two, source + 4 * (count & 12), 8);
    four.lo = two;
  }
  csimd_float8 eight = {0};
  eight.lo = four;
  if (count & 4) {
    eight.hi = four;
    __builtin_memcpy(&four, source + 4 * (count & 8), 16);
    eight.lo = four;
  }
  result.lo = eight;
  if (count & 8) {
    result.hi = eight;
    __builtin_memcpy(&eight, source, 32);
    result.lo = eight;
  }
  return result;
#endif
}

/// Stores past the caches; the target is 64-byte aligned.
CSIMD_INLINE void csimd_stream_f32(float *_Nonnull target, csimd_float16 value) {
  __builtin_nontemporal_store(value, (csimd_float16 *)target);
}

/// Asks for the cache line at an address.
CSIMD_INLINE void csimd_prefetch(const void *_Nonnull address) { __builtin_prefetch(address); }

/// Asks for `count` cache lines, `stride` bytes apart. The addresses may lie outside all memory.
CSIMD_INLINE void csimd_prefetch_lines(intptr_t address, intptr_t count, intptr_t stride) {
  for (intptr_t i = 0; i < count; ++i) __builtin_prefetch((const void *)(address + i * stride));
}

/// The same for lines that will be written.
CSIMD_INLINE void csimd_prefetch_targets(intptr_t address, intptr_t count, intptr_t stride) {
  for (intptr_t i = 0; i < count; ++i) __builtin_prefetch((const void *)(address + i * stride), 1);
}

/// Makes streamed stores visible to other threads.
CSIMD_INLINE void csimd_stream_fence(void) {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}
#endif
