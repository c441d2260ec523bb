// Products of bytes, and bytes from floats. Included by CSIMD.h.
#ifndef CSIMD_QUANTIZED_H
#define CSIMD_QUANTIZED_H

/// sum[i] + the four products of lane i: bytes of `values` unsigned, of `weights` signed.
///
/// Exact, whatever the instruction: nothing saturates.
CSIMD_INLINE csimd_int16 csimd_dot4_u8s8(
    csimd_int16 sum, csimd_int16 values, csimd_int16 weights) {
#if defined(__AVX512VNNI__)
  return (csimd_int16)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)values, (__m512i)weights);
#elif defined(__AVX2__)
  // Even and odd bytes as 16-bit numbers, whose products the pair sums hold in full.
#define CSIMD_HALF(part)                                                                          \
  {                                                                                               \
    const __m256i v = (__m256i)values.part, w = (__m256i)weights.part;                            \
    const __m256i even = _mm256_and_si256(v, _mm256_set1_epi32(0x00ff00ff));                      \
    const __m256i odd = _mm256_srli_epi16(v, 8);                                                  \
    const __m256i low = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8);                            \
    const __m256i high = _mm256_srai_epi16(w, 8);                                                 \
    sum.part = (csimd_int8)_mm256_add_epi32(                                                      \
        (__m256i)sum.part,                                                                        \
        _mm256_add_epi32(_mm256_madd_epi16(even, low), _mm256_madd_epi16(odd, high)));            \
  }
  CSIMD_HALF(lo)
  CSIMD_HALF(hi)
#undef CSIMD_HALF
  return sum;
#elif defined(__x86_64__)
  // The same in registers of half the width.
  typedef int16_t shorts __attribute__((ext_vector_type(8)));
  typedef int32_t words __attribute__((ext_vector_type(4)));
#define CSIMD_QUARTER(part)                                                                   \
  {                                                                                           \
    const words v = values.part, w = weights.part;                                            \
    const words even = v & 0x00ff00ff, odd = (words)(((shorts)v >> 8) & (short)0xff);         \
    const words low = (words)((shorts)((shorts)w << 8) >> 8), high = (words)((shorts)w >> 8); \
    sum.part += (words)_mm_madd_epi16((__m128i)even, (__m128i)low) +                          \
                (words)_mm_madd_epi16((__m128i)odd, (__m128i)high);                           \
  }
  CSIMD_QUARTER(lo.lo)
  CSIMD_QUARTER(lo.hi)
  CSIMD_QUARTER(hi.lo)
  CSIMD_QUARTER(hi.hi)
#undef CSIMD_QUARTER
  return sum;
#else
  for (int i = 0; i < 16; i++)
    for (int k = 0; k < 4; k++)
      sum[i] += (int32_t)(uint8_t)(values[i] >> (8 * k)) * (int8_t)(weights[i] >> (8 * k));
  return sum;
#endif
}

/// sum[i] + the two products of lane i: its halves as signed 16-bit numbers.
///
/// Exact where no sum leaves 32 bits; it wraps where one does.
CSIMD_INLINE csimd_int16 csimd_dot2_i16(
    csimd_int16 sum, csimd_int16 values, csimd_int16 weights) {
#if defined(__AVX512VNNI__)
  return (csimd_int16)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)values, (__m512i)weights);
#elif defined(__AVX512BW__)
  return (csimd_int16)_mm512_add_epi32(
      (__m512i)sum, _mm512_madd_epi16((__m512i)values, (__m512i)weights));
#elif defined(__AVX2__)
  sum.lo = (csimd_int8)_mm256_add_epi32(
      (__m256i)sum.lo, _mm256_madd_epi16((__m256i)values.lo, (__m256i)weights.lo));
  sum.hi = (csimd_int8)_mm256_add_epi32(
      (__m256i)sum.hi, _mm256_madd_epi16((__m256i)values.hi, (__m256i)weights.hi));
  return sum;
#else
  for (int i = 0; i < 16; i++) {
    const int32_t low = (int32_t)(int16_t)values[i] * (int16_t)weights[i];
    const int32_t high = (values[i] >> 16) * (weights[i] >> 16);
    sum[i] = (int32_t)((uint32_t)sum[i] + (uint32_t)low + (uint32_t)high);
  }
  return sum;
#endif
}

/// Writes sixteen lanes as signed 16-bit numbers: the nearest (ties to even), limited to what they hold. What
/// a NaN becomes is not said.
CSIMD_INLINE void csimd_store_shorts(void *_Nonnull target, csimd_float16 value) {
#if defined(__AVX512F__)
  _mm256_storeu_si256(
      (__m256i *)target, _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32((__m512)value)));
#elif defined(__AVX2__)
  const __m256i both = _mm256_packs_epi32(
      _mm256_cvtps_epi32((__m256)value.lo), _mm256_cvtps_epi32((__m256)value.hi));
  _mm256_storeu_si256((__m256i *)target, _mm256_permute4x64_epi64(both, 0xd8));
#else
  int16_t numbers[16];
  for (int i = 0; i < 16; i++) {
    const float limited = value[i] < 32767 ? value[i] : 32767;
    numbers[i] = (int16_t)__builtin_rintf(limited > -32768 ? limited : -32768);
  }
  __builtin_memcpy(target, numbers, 32);
#endif
}

/// Writes the first `count` lanes, 0 to 16, as bytes: the nearest integer (ties to even) plus `zero`,
/// limited to 0 ... 255. A NaN becomes 255.
CSIMD_INLINE void csimd_store_bytes(
    uint8_t *_Nonnull target, csimd_float16 value, csimd_int16 zero, int count) {
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)
  const __m512 limited = _mm512_min_ps((__m512)value, _mm512_set1_ps(255));
  const __m512i sum = _mm512_add_epi32(_mm512_cvtps_epi32(limited), (__m512i)zero);
  const __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_max_epi32(sum, _mm512_setzero_si512()));
  if (count == 16)
    _mm_storeu_si128((__m128i *)target, bytes);
  else
    _mm_mask_storeu_epi8(target, (__mmask16)((1u << count) - 1), bytes);
#else
  for (int i = 0; i < count; i++) {
    float limited = value[i] < 255 ? value[i] : 255;
    limited = limited > -256 ? limited : -256;
    const int32_t sum = (int32_t)__builtin_rintf(limited) + zero[i];
    target[i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
  }
#endif
}
#endif
