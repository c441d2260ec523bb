import CSIMD
import Compute
import Testing

/// Which of the two roundings a build has is the C compiler's answer, for every vector.
@Suite struct MultiplyAddTests {
  /// (1 + e)^2 - 1 - 2e is e^2 rounded once and 0 rounded twice. Not known to the compiler, which fuses
  /// what it computes itself.
  private static let e: Float = CommandLine.argc > 0 ? 0x1p-12 : 0
  private static var expected: Float {
    csimd_fuses_multiply_add() ? 0x1p-24 : 0
  }

  private func check<V: SIMD>(_ type: V.Type, _ result: (V, V, V) -> V) where V.Scalar == Float {
    let (a, c) = (V(repeating: 1 + Self.e), V(repeating: -1 - 2 * Self.e))
    #expect(result(a, a, c) == V(repeating: Self.expected), "\(type)")
  }

  @Test func everyVectorRoundsAsTheBuildDoes() {
    check(SIMD16<Float>.self) { multiplyAdd($0, $1, $2) }
    check(SIMD8<Float>.self) { multiplyAdd($0, $1, $2) }
    check(SIMD4<Float>.self) { multiplyAdd($0, $1, $2) }
    check(SIMD2<Float>.self) { multiplyAdd($0, $1, $2) }
  }

  /// ARM always fuses, x86 since AVX2.
  @Test func wideRegistersFuse() {
    #if arch(arm64)
      #expect(csimd_fuses_multiply_add())
    #else
      #expect(csimd_fuses_multiply_add() || csimd_vector_bytes() == 16)
    #endif
  }
}
