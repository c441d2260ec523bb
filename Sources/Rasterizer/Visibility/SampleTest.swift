import CSIMD
import Compute

/// What a triangle does at samples that it covers and is nearest at.
protocol SampleTest {
  /// Whether it takes them all: then nothing behind a group of samples that it fills can be seen.
  static var takesAll: Bool { get }

  /// Which of the `nearer` samples of a block it takes.
  ///
  /// - Parameters:
  ///   - record: number of the triangle's record.
  ///   - x, y: samples from the record's origin.
  func taken(
    _ nearer: Mask16, record: Int32, inverseDepth: SIMD16<Float>, x: SIMD16<Float>,
    y: SIMD16<Float>
  ) -> Mask16
}

/// Parts without a cut-out.
struct EverySample: SampleTest {
  static var takesAll: Bool { true }

  @inline(__always)
  func taken(
    _ nearer: Mask16, record: Int32, inverseDepth: SIMD16<Float>, x: SIMD16<Float>,
    y: SIMD16<Float>
  ) -> Mask16 {
    nearer
  }
}

/// A value that is linear on the screen, at sixteen samples.
///
/// - Parameters:
///   - plane: three floats: the value at the record's origin and its steps along x and y.
///   - x, y: samples from the record's origin.
@inline(__always)
func planeValue(
  _ plane: UnsafeRawPointer, x: SIMD16<Float>, y: SIMD16<Float>
) -> SIMD16<Float> {
  @inline(__always) func term(_ index: Int) -> SIMD16<Float> {
    SIMD16(repeating: plane.load(fromByteOffset: 4 &* index, as: Float.self))
  }
  return multiplyAdd(term(1), x, multiplyAdd(term(2), y, term(0)))
}
