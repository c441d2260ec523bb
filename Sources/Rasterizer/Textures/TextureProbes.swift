import CSIMD
import Compute

/// A list of points at which a texture is to be sampled, trilinearly, and of the pixels that the
/// weighted samples are added to.
///
/// Points are collected from pixels that need one, two, four or more of them and sampled sixteen at a
/// time, so that no lane is idle. Addresses and weights are computed for sixteen points at once; then
/// each point's four neighbours in two levels are read as whole texels. A pixel's samples are added
/// in the order they were appended in, whatever lies between them.
public struct TextureProbes {

  /// Points that fit.
  private static let capacity = 512
  /// Groups of sixteen points whose texels are asked for before the first of them is read.
  private static let ahead = 3
  /// Words of memory that a list needs.
  public static let words = 5 * (capacity + 16) + (ahead + 1) * GroupWork.words

  private let u: UnsafeMutablePointer<Float>
  private let v: UnsafeMutablePointer<Float>
  private let level: UnsafeMutablePointer<Float>
  private let weight: UnsafeMutablePointer<Float>
  private let pixel: UnsafeMutablePointer<Int32>
  private let work: UnsafeMutablePointer<Int32>
  private let texture: MipmappedTextureView
  private let pixels: UnsafeMutablePointer<SIMD4<Float>>
  private var count = 0

  /// - Parameters:
  ///   - memory: `words` words, 64-byte aligned; what is in it is lost, and part of it becomes integers.
  ///   - pixels: red, green and blue in linear light; the fourth component is left as it is.
  public init(
    _ texture: MipmappedTextureView, memory: UnsafeMutablePointer<Float>,
    pixels: UnsafeMutablePointer<SIMD4<Float>>
  ) {
    self.texture = texture
    self.pixels = pixels
    let stride = Self.capacity + 16
    u = memory
    v = memory + stride
    level = memory + 2 * stride
    weight = memory + 3 * stride
    let words = UnsafeMutableRawPointer(memory + 4 * stride)
      .bindMemory(to: Int32.self, capacity: Self.words - 4 * stride)
    pixel = words
    work = words + stride
  }

  /// Appends the footprints of sixteen pixels (`TextureFootprint`): one point, or two or four along
  /// the long axis.
  ///
  /// - Parameters:
  ///   - u, v: texture coordinates, V up.
  ///   - level: mip level asked for; clamped to what there is.
  ///   - du, dv: long axis of the footprint, zero where one point is enough.
  ///   - weight: of the footprint as a whole.
  ///   - pixel: index into `pixels`.
  ///   - active: a bit for every lane that counts.
  @inline(__always)
  public mutating func append(
    u: SIMD16<Float>, v: SIMD16<Float>, level: SIMD16<Float>, du: SIMD16<Float>,
    dv: SIMD16<Float>, weight: SIMD16<Float>, pixel: SIMD16<Int32>, active: UInt32
  ) {
    let several =
      bits((du .!= Floats.zero) .| (dv .!= Floats.zero)) & active
    if several != active { add(u, v, level, weight, pixel, active & ~several) }
    if several == 0 { return }
    // Long axis squared against short axis squared (the level's own inverse): two points up to 2.5.
    let tu = du * Float(texture.width[0])
    let tv = dv * Float(texture.height[0])
    // Clamped as far as a float has exponents, so that the conversion is defined for any level.
    let exponent = clamp(level * 2 + 127, Floats(repeating: 254))
    let short = unsafeBitCast(csimd_round_i32(exponent * 0x1p23), to: Floats.self)
    let four = several & bits((tu * tu + tv * tv) .> short * 6.25)
    let two = several & ~four
    @inline(__always) func along(_ t: Float, _ weight: Floats, _ lanes: UInt32) {
      let step = Floats(repeating: t)
      add(multiplyAdd(du, step, u), multiplyAdd(dv, step, v), level, weight, pixel, lanes)
    }
    if two != 0 {
      let half = weight * 0.5
      along(-0.25, half, two)
      along(0.25, half, two)
    }
    if four != 0 {
      let quarter = weight * 0.25
      along(-0.375, quarter, four)
      along(-0.125, quarter, four)
      along(0.125, quarter, four)
      along(0.375, quarter, four)
    }
  }

  @inline(__always)
  private func bits(_ mask: SIMDMask<SIMD16<Int32>>) -> UInt32 {
    csimd_sign_bits(unsafeBitCast(mask, to: Ints.self))
  }

  @inline(__always)
  private mutating func add(
    _ u: Floats, _ v: Floats, _ level: Floats, _ weight: Floats, _ pixel: Ints, _ lanes: UInt32
  ) {
    if count > Self.capacity - 16 { flush() }
    @inline(__always) func put(_ value: Floats, _ plane: UnsafeMutablePointer<Float>) {
      UnsafeMutableRawPointer(plane + count).storeBytes(
        of: csimd_compress_i32(unsafeBitCast(value, to: Ints.self), lanes), as: Ints.self)
    }
    put(u, self.u)
    put(v, self.v)
    put(level, self.level)
    put(weight, self.weight)
    UnsafeMutableRawPointer(self.pixel + count).storeBytes(
      of: csimd_compress_i32(pixel, lanes), as: Ints.self)
    count &+= lanes.nonzeroBitCount
  }

  /// Samples what was appended since the last time and adds it to the pixels.
  @inline(never)
  public mutating func flush() {
    let groups = (count &+ 15) &>> 4
    for group in 0..<min(Self.ahead, groups) { locate(group) }
    for group in 0..<groups {
      if group &+ Self.ahead < groups { locate(group &+ Self.ahead) }
      sample(group, min(16, count &- 16 &* group))
    }
    count = 0
  }

  /// Where sixteen points lie in two levels, and the weights of their neighbours there.
  private struct GroupWork {
    /// Texel of the upper left neighbour, and of the lower left one, in the nearer level, then in the
    /// farther one: four planes.
    let texels: UnsafeMutablePointer<Int32>
    /// By point: weights of the upper left, upper right, lower left and lower right neighbour in the
    /// nearer level, then by point those in the farther one.
    let weights: UnsafeMutablePointer<Int32>

    static let words = 4 * 16 + 2 * 64

    init(_ memory: UnsafeMutablePointer<Int32>, group: Int) {
      texels = memory + group % (ahead + 1) * Self.words
      weights = texels + 64
    }
  }

  @inline(__always)
  private func locate(_ group: Int) {
    @inline(__always) func load(_ plane: UnsafeMutablePointer<Float>) -> Floats {
      UnsafeRawPointer(plane + 16 &* group).load(as: Floats.self)
    }
    let last = Floats(repeating: Float(texture.lastLevel))
    let level = clamp(load(self.level), last)
    let lower = csimd_truncate_i32(level)
    let fraction = level - csimd_to_f32(lower)
    let (u, v, weight) = (load(self.u), load(self.v), load(self.weight))
    let share = weight * fraction
    let result = GroupWork(work, group: group)
    locate(u, v, lower, weight - share, result, 0)
    locate(
      u, v, csimd_min_i32(lower &+ 1, Ints(repeating: texture.lastLevel)), share, result, 1)
    for index in 0..<64 { csimd_prefetch(texture.texels + 4 &* Int(result.texels[index])) }
  }

  @inline(__always)
  private func sample(_ group: Int, _ number: Int) {
    let source = GroupWork(work, group: group)
    let texels = texture.texels
    @inline(__always) func neighbours(_ point: Int, _ level: Int) -> (Floats, Floats) {
      let upper = Int(source.texels[32 &* level &+ point])
      let lower = Int(source.texels[32 &* level &+ 16 &+ point])
      let weights = (source.weights + (64 &* level &+ 4 &* point))
        .withMemoryRebound(to: Float.self, capacity: 4) { csimd_spread4_f32($0) }
      return (csimd_load_halves(texels + 4 &* upper, texels + 4 &* lower), weights)
    }
    for point in 0..<number {
      let (near, nearWeights) = neighbours(point, 0)
      let (far, farWeights) = neighbours(point, 1)
      let sum = multiplyAdd(far, farWeights, near * nearWeights)
      pixels[Int(pixel[16 &* group &+ point])] += csimd_sum_quarters_f32(sum)
    }
  }

  /// Neighbours of sixteen points in a level each, with bilinear weights times `weight`.
  @inline(__always)
  private func locate(
    _ u: Floats, _ v: Floats, _ level: Ints, _ weight: Floats, _ result: GroupWork,
    _ which: Int
  ) {
    let width = csimd_lookup16_i32(texture.width, level)
    let height = csimd_lookup16_i32(texture.height, level)
    let (w, h) = (csimd_to_f32(width), csimd_to_f32(height))
    let x = clamp(multiplyAdd(u, w, Floats(repeating: -0.5)), w - 1)
    let y = clamp(multiplyAdd(1 - v, h, Floats(repeating: -0.5)), h - 1)
    let (ix, iy) = (csimd_truncate_i32(x), csimd_truncate_i32(y))
    let (ax, ay) = (x - csimd_to_f32(ix), y - csimd_to_f32(iy))
    let pitch = width &+ 1
    let upper = csimd_lookup16_i32(texture.offset, level) &+ iy &* pitch &+ ix
    let planes = UnsafeMutableRawPointer(result.texels + 32 &* which)
    planes.storeBytes(of: upper, as: Ints.self)
    planes.storeBytes(of: upper &+ pitch, toByteOffset: 64, as: Ints.self)
    let bottom = weight * ay
    let top = weight - bottom
    let (topRight, bottomRight) = (top * ax, bottom * ax)
    csimd_store_rows4(
      result.weights + 64 &* which, unsafeBitCast(top - topRight, to: Ints.self),
      unsafeBitCast(topRight, to: Ints.self),
      unsafeBitCast(bottom - bottomRight, to: Ints.self),
      unsafeBitCast(bottomRight, to: Ints.self))
  }

  /// 0 ... high; a value that is not a number gives 0, so that no address leaves the texture.
  @inline(__always)
  private func clamp(_ value: Floats, _ high: Floats) -> Floats {
    let positive = Floats.zero.replacing(with: value, where: value .> Floats.zero)
    return positive.replacing(with: high, where: positive .> high)
  }
}
