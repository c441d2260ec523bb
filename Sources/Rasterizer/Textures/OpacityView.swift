import CSIMD
import Compute

/// An `OpacityTexture` as kernels read it.
///
/// Any coordinates give a texel of the picture: those that are not numbers count as 0.
struct OpacityView: BitwiseCopyable {
  let texels: UnsafePointer<UInt32>
  let width: Int32
  let height: Int32
  let repeats: Bool

  /// Opacity at sixteen points, 0 to 255.
  @inline(__always)
  func opacity(u: SIMD16<Float>, v: SIMD16<Float>) -> SIMD16<Float> {
    let column = axis(u, size: width)
    let row = axis(1 - v, size: height)
    let index = row.texel &* Ints(repeating: width) &+ column.texel
    let words = UnsafeRawPointer(texels).assumingMemoryBound(to: Int32.self)
    let word = csimd_gather_i32(words, index)
    @inline(__always) func byte(_ shift: Int32) -> Floats {
      csimd_to_f32(
        csimd_and_i32(
          csimd_shift_right_i32(word, Ints(repeating: shift)), Ints(repeating: 0xff)))
    }
    let (upper, lower) = (byte(0), byte(16))
    let top = upper + (byte(8) - upper) * column.fraction
    let bottom = lower + (byte(24) - lower) * column.fraction
    return top + (bottom - top) * row.fraction
  }

  /// The texel before sixteen points on an axis, and how far they are on the way to the next one.
  @inline(__always)
  private func axis(
    _ coordinate: SIMD16<Float>, size: Int32
  ) -> (texel: SIMD16<Int32>, fraction: SIMD16<Float>) {
    let extent = Float(size)
    var position: Floats
    let last: Floats
    if repeats {
      position = (coordinate - csimd_floor_f32(coordinate)) * extent - 0.5
      position = position.replacing(with: position + extent, where: position .< Floats.zero)
      last = Floats(repeating: extent)
    } else {
      position = coordinate * extent - 0.5
      last = Floats(repeating: extent - 1)
    }
    // Written so that a NaN becomes 0.
    position = Floats.zero.replacing(with: position, where: position .> Floats.zero)
    position = position.replacing(with: last, where: position .> last)
    // Rounding may lift a repeated position to the very end, a whole step from the last texel.
    let texel = csimd_min_i32(csimd_truncate_i32(position), Ints(repeating: size &- 1))
    return (texel, position - csimd_to_f32(texel))
  }
}
