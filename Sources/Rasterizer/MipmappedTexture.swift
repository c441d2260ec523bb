import CSIMD
import Compute
import Foundation

/// An RGB texture with mip levels, for sampling sixteen pixels at once.
///
/// Texels hold the square roots of linear light, ten bits a channel: finer than sRGB bytes
/// everywhere, and linear light is one multiplication away. Levels are means of 2 x 2 texels in
/// linear light. Texture coordinates have V up: row 0 of the picture is v = 1; beyond the edges the
/// edge texels repeat.
public final class MipmappedTexture: @unchecked Sendable {
  // Sendable: written only by `init`.

  public let width: Int
  public let height: Int
  public let levelCount: Int
  let texels: AlignedBuffer<Int32>
  /// First texel of each level, padded to sixteen entries.
  let offsets: AlignedBuffer<Int32>

  static let greatestSide = 16384

  /// - Parameters:
  ///   - channels: 3 or 4; the fourth is not used.
  ///   - bytes: (height, width, channels) sRGB.
  /// - Throws: `ProgramError` when the sizes do not fit.
  public init(width: Int, height: Int, channels: Int, bytes: [UInt8]) throws {
    guard (1...Self.greatestSide).contains(width), (1...Self.greatestSide).contains(height),
      (3...4).contains(channels), bytes.count == width * height * channels
    else {
      throw ProgramError(
        .dataError, "the texture's size does not fit its data",
        expected: "\(width) x \(height) x \(channels) bytes", found: "\(bytes.count)")
    }
    self.width = width
    self.height = height
    var levels = 1
    while max(width, height) >> levels > 0 { levels += 1 }
    levelCount = levels
    offsets = AlignedBuffer(count: 16, filledWith: 0)
    var total = 0
    for level in 0..<16 {
      offsets[level] = Int32(total)
      if level < levels - 1 { total += max(width >> level, 1) * max(height >> level, 1) }
    }
    texels = AlignedBuffer(count: total + 16, filledWith: 0)
    let table: [Int32] = (0..<256).map { byte in
      let s = Double(byte) / 255
      let linear = s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4)
      return Int32((linear.squareRoot() * 1023).rounded())
    }
    let base = texels.pointer
    bytes.withUnsafeBufferPointer { source in
      table.withUnsafeBufferPointer { table in
        for index in 0..<width * height {
          let p = index &* channels
          base[index] =
            table[Int(source[p])] | table[Int(source[p &+ 1])] &<< 10
            | table[Int(source[p &+ 2])] &<< 20
        }
      }
    }
    for level in 1..<max(levels, 1) {
      halve(
        base + Int(offsets[level - 1]), max(width >> (level - 1), 1),
        max(height >> (level - 1), 1), into: base + Int(offsets[level]))
    }
  }

  /// Means of 2 x 2 texels in linear light; an odd last row or column is left out, a single one is
  /// repeated.
  private func halve(
    _ source: UnsafePointer<Int32>, _ width: Int, _ height: Int,
    into target: UnsafeMutablePointer<Int32>
  ) {
    let (newWidth, newHeight) = (max(width / 2, 1), max(height / 2, 1))
    for y in 0..<newHeight {
      let upper = source + min(2 * y, height - 1) * width
      let lower = source + min(2 * y + 1, height - 1) * width
      for x in 0..<newWidth {
        let (left, right) = (min(2 * x, width - 1), min(2 * x + 1, width - 1))
        let sum =
          squared(upper[left]) + squared(upper[right]) + squared(lower[left])
          + squared(lower[right])
        let root = (sum * 0.25).squareRoot().rounded(.toNearestOrEven)
        target[y * newWidth + x] = Int32(root.x) | Int32(root.y) &<< 10 | Int32(root.z) &<< 20
      }
    }
  }

  @inline(__always)
  private func squared(_ texel: Int32) -> SIMD4<Float> {
    let parts = SIMD4<Float>(
      Float(texel & 1023), Float(texel &>> 10 & 1023), Float(texel &>> 20 & 1023), 0)
    return parts * parts
  }

  /// What kernels read.
  public var view: MipmappedTextureView {
    MipmappedTextureView(
      texels: texels.pointer, offsets: offsets.pointer, width: Int32(width), height: Int32(height),
      lastLevel: Int32(levelCount - 1))
  }
}

/// A texture as kernels read it; the texture must outlive it.
public struct MipmappedTextureView: @unchecked Sendable {
  // Sendable: read only.
  let texels: UnsafePointer<Int32>
  let offsets: UnsafePointer<Int32>
  let width: Int32
  let height: Int32
  let lastLevel: Int32
}

/// Linear light of sixteen pixels.
public typealias LinearColor = (r: SIMD16<Float>, g: SIMD16<Float>, b: SIMD16<Float>)

/// Samples a texture along each pixel's footprint: trilinear probes, one, two or four of them along
/// the long axis.
///
/// - Parameters:
///   - u, v: texture coordinates, V up.
///   - level: mip level asked for; clamped to what there is.
///   - du, dv: long axis of the footprint, zero where one probe is enough (`TextureFootprint`).
///   - active: lanes that matter; the others give some colour.
@inline(__always)
public func sampleTexture(
  _ texture: MipmappedTextureView, u: SIMD16<Float>, v: SIMD16<Float>, level: SIMD16<Float>,
  du: SIMD16<Float>, dv: SIMD16<Float>, active: SIMDMask<SIMD16<Int32>>
) -> LinearColor {
  typealias V = SIMD16<Float>
  typealias I = SIMD16<Int32>
  let several = ((du .!= 0) .| (dv .!= 0)) .& active
  if csimd_sign_bits(unsafeBitCast(several, to: I.self)) == 0 {
    return trilinear(texture, u, v, level)
  }
  // Long axis squared against short axis squared (the level's own inverse): two probes up to 2.5.
  let (tu, tv) = (du * Float(texture.width), dv * Float(texture.height))
  let short = unsafeBitCast(csimd_round_i32((level * 2 + 127) * 0x1p23), to: V.self)
  let four = several .& ((tu * tu + tv * tv) .> short * 6.25)
  // A lane that needs fewer probes takes the same point more than once; sums of pairs of equal
  // terms are exact, so its result does not depend on its neighbours.
  @inline(__always) func probe(_ t: V) -> LinearColor {
    trilinear(texture, multiplyAdd(du, t, u), multiplyAdd(dv, t, v), level)
  }
  @inline(__always) func sum(_ a: LinearColor, _ b: LinearColor) -> LinearColor {
    (a.r + b.r, a.g + b.g, a.b + b.b)
  }
  @inline(__always) func scaled(_ a: LinearColor, _ factor: Float) -> LinearColor {
    (a.r * factor, a.g * factor, a.b * factor)
  }
  let quarter = V(repeating: 0.25)
  if csimd_sign_bits(unsafeBitCast(four, to: I.self)) == 0 {
    return scaled(sum(probe(-quarter), probe(quarter)), 0.5)
  }
  let outer = quarter.replacing(with: 0.375, where: four)
  let inner = quarter.replacing(with: 0.125, where: four)
  return scaled(
    sum(sum(probe(-outer), probe(-inner)), sum(probe(inner), probe(outer))), 0.25)
}

@inline(never)
func trilinear(
  _ texture: MipmappedTextureView, _ u: SIMD16<Float>, _ v: SIMD16<Float>, _ level: SIMD16<Float>
) -> LinearColor {
  let last = Float(texture.lastLevel)
  let clamped = level.clamped(
    lowerBound: .zero, upperBound: SIMD16(repeating: last))
  let lower = csimd_truncate_i32(clamped)
  let fraction = clamped - csimd_to_f32(lower)
  let near = bilinear(texture, u, v, lower)
  if csimd_sign_bits(unsafeBitCast(fraction .> 0, to: SIMD16<Int32>.self)) == 0 { return near }
  let next = (lower &+ 1)
  let far = bilinear(
    texture, u, v,
    next.replacing(with: texture.lastLevel, where: next .> texture.lastLevel))
  return (
    multiplyAdd(far.r - near.r, fraction, near.r), multiplyAdd(far.g - near.g, fraction, near.g),
    multiplyAdd(far.b - near.b, fraction, near.b)
  )
}

@inline(__always)
private func bilinear(
  _ texture: MipmappedTextureView, _ u: SIMD16<Float>, _ v: SIMD16<Float>, _ level: SIMD16<Int32>
) -> LinearColor {
  typealias I = SIMD16<Int32>
  typealias V = SIMD16<Float>
  func extent(_ size: Int32) -> I {
    let value = csimd_shift_right_i32(I(repeating: size), level)
    return value.replacing(with: 1, where: value .< 1)
  }
  let (width, height) = (extent(texture.width), extent(texture.height))
  let (w, h) = (csimd_to_f32(width), csimd_to_f32(height))
  // Clamped first, so that no coordinate overflows an integer.
  let x = (u.clamped(lowerBound: .zero, upperBound: .one)) * w - 0.5
  let y = (1 - v.clamped(lowerBound: .zero, upperBound: .one)) * h - 0.5
  let (fx, fy) = (csimd_floor_f32(x), csimd_floor_f32(y))
  let (ax, ay) = (x - fx, y - fy)
  let (ix, iy) = (csimd_truncate_i32(fx), csimd_truncate_i32(fy))
  func clamp(_ value: I, _ size: I) -> I {
    let low = value.replacing(with: 0, where: value .< 0)
    return low.replacing(with: size &- 1, where: low .>= size)
  }
  let (x0, x1) = (clamp(ix, width), clamp(ix &+ 1, width))
  let (y0, y1) = (clamp(iy, height), clamp(iy &+ 1, height))
  let base = csimd_gather_i32(texture.offsets, level)
  let (row0, row1) = (base &+ y0 &* width, base &+ y1 &* width)
  let t00 = csimd_gather_i32(texture.texels, row0 &+ x0)
  let t10 = csimd_gather_i32(texture.texels, row0 &+ x1)
  let t01 = csimd_gather_i32(texture.texels, row1 &+ x0)
  let t11 = csimd_gather_i32(texture.texels, row1 &+ x1)
  let scale = Float(1) / (1023 * 1023)
  @inline(__always) func channel(_ shift: Int32) -> V {
    @inline(__always) func light(_ texel: I) -> V {
      let root = csimd_to_f32(
        csimd_shift_right_i32(texel, I(repeating: shift)) & I(repeating: 1023))
      return root * root
    }
    let (c00, c10, c01, c11) = (light(t00), light(t10), light(t01), light(t11))
    let upper = multiplyAdd(c10 - c00, ax, c00)
    let bottom = multiplyAdd(c11 - c01, ax, c01)
    return multiplyAdd(bottom - upper, ay, upper) * scale
  }
  return (channel(0), channel(10), channel(20))
}
