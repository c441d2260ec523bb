// One instruction a function, on vector types that Swift sees as SIMD8/SIMD16 values.
//
// What Swift's SIMD types lack: gather, mask-to-bits, vector float/integer conversions. Every
// function has a portable form, so that a build without AVX-512 or AVX2 compiles and gives the
// same values.
#ifndef CSIMD_H
#define CSIMD_H

#include <stdbool.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef float csimd_float16 __attribute__((ext_vector_type(16)));
typedef int32_t csimd_int16 __attribute__((ext_vector_type(16)));
typedef float csimd_float8 __attribute__((ext_vector_type(8)));
typedef double csimd_double8 __attribute__((ext_vector_type(8)));
typedef float csimd_float4 __attribute__((ext_vector_type(4)));
typedef float csimd_float2 __attribute__((ext_vector_type(2)));
typedef _Float16 csimd_halves16 __attribute__((ext_vector_type(16)));
typedef int32_t csimd_int8 __attribute__((ext_vector_type(8)));

#define CSIMD_INLINE static inline __attribute__((always_inline))

#include "CSIMDLanes.h"
#include "CSIMDMemory.h"
#include "CSIMDOrder.h"
#include "CSIMDQuantized.h"
#include "CSIMDFolds.h"

/// What the package was built for: AVATAR_MARCH, or an empty string.
const char *_Nonnull csimd_build_march(void);
/// Instruction-set extensions that this build uses and this processor lacks, separated by blanks;
/// an empty string when the program can run here.
const char *_Nonnull csimd_missing_features(void);
/// Processors that the affinity mask of this process allows.
int csimd_processor_count(void);

/// Tells the processor that a loop waits for another thread.
CSIMD_INLINE void csimd_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  // A yield does nothing on most of them.
  __asm__ volatile("isb" ::: "memory");
#endif
}
#endif
