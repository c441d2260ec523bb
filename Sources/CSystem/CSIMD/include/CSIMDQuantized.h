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
#elif defined(__x86_64__)
  // Even and odd bytes as 16-bit numbers, whose products the pair sums hold in full.
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
