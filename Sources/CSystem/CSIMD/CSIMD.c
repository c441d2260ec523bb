#define _GNU_SOURCE  // sched_getaffinity
#include "CSIMD.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

int csimd_processor_count(void) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

const char *csimd_build_march(void) {
#ifdef AVATAR_MARCH
  return AVATAR_MARCH;
#else
  return "";
#endif
}

// Runs before anything else may use an instruction that is missing, so it must stay scalar code.
#define REQUIRE(feature) \
  if (!__builtin_cpu_supports(feature)) strcat(missing, " " feature);

const char *csimd_missing_features(void) {
  static char missing[256];
  missing[0] = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
#ifdef __SSE4_2__
  REQUIRE("sse4.2")
#endif
#ifdef __POPCNT__
  REQUIRE("popcnt")
#endif
#ifdef __AVX__
  REQUIRE("avx")
#endif
#ifdef __AVX2__
  REQUIRE("avx2")
#endif
#ifdef __FMA__
  REQUIRE("fma")
#endif
#ifdef __BMI__
  REQUIRE("bmi")
#endif
#ifdef __BMI2__
  REQUIRE("bmi2")
#endif
#ifdef __AVX512F__
  REQUIRE("avx512f")
#endif
#ifdef __AVX512DQ__
  REQUIRE("avx512dq")
#endif
#ifdef __AVX512BW__
  REQUIRE("avx512bw")
#endif
#ifdef __AVX512VL__
  REQUIRE("avx512vl")
#endif
#ifdef __AVX512VNNI__
  REQUIRE("avx512vnni")
#endif
#endif
  return missing[0] ? missing + 1 : missing;
}
