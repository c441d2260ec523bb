import CSIMD
import Compute
import Rasterizer

private typealias Ints = SIMD16<Int32>
private typealias Floats = SIMD16<Float>

/// The samples of sixteen neighbouring pixels of a row.
struct PixelSamples {
  let tile: VisibleTile
  /// First sample of the first pixel in the tile's planes.
  let offset: Int
  /// Along each axis of a pixel; a literal where it is made, so that loops unroll.
  let samples: Int
  /// Pixels that count, at most sixteen.
  let count: Int

  @inline(__always)
  init(tile: VisibleTile, offset: Int, samples: Int, count: Int) {
    self.tile = tile
    self.offset = offset
    self.samples = samples
    self.count = count
  }

  /// One sample of every pixel. Attributes mean nothing where `active` is false.
  struct Sample {
    var active: SIMDMask<SIMD16<Int32>>
    var record: SIMD16<Int32>
    var u: SIMD16<Float>
    var v: SIMD16<Float>
    var light: SIMD16<Float>
  }

  @inline(__always)
  func sample(_ x: Int, _ y: Int) -> Sample {
    let lanes = Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let start = offset &+ y &* tile.stride &+ x
    @inline(__always) func every(_ plane: UnsafePointer<Float>) -> Floats {
      csimd_every_f32(plane + start, Int32(truncatingIfNeeded: samples))
    }
    let record = unsafeBitCast(
      csimd_every_f32(tile.records + start, Int32(truncatingIfNeeded: samples)), to: Ints.self)
    let depth = 1 / every(tile.inverseDepth)
    return Sample(
      active: (record .>= 0) .& (lanes .< Int32(truncatingIfNeeded: count)), record: record,
      u: every(tile.attributes) * depth, v: every(tile.attributes + tile.planeSize) * depth,
      light: every(tile.attributes + 2 &* tile.planeSize) * depth)
  }
}

/// Sets the coverage of sixteen pixels and lists the texture samples that their colours need.
///
/// A pixel is coloured once, at the mean of its covered samples, with its coverage times their mean
/// light, as long as they lie together on the texture; where it sees two surfaces (an arm before the
/// trunk, a uv seam) every sample is coloured by itself.
///
/// - Parameters:
///   - pixel: sixteen pixels with attributes u, v and light.
///   - texture: columns and rows of the texture.
///   - first: number of the first pixel in `pixels`.
///   - pixels: gets (0, 0, 0, coverage).
@inline(__always)
func listProbes(
  _ pixel: PixelSamples, texture: SIMD2<Float>, first: Int,
  pixels: UnsafeMutablePointer<SIMD4<Float>>, into probes: inout TextureProbes
) {
  let samples = pixel.samples
  var covered = Floats.zero
  var (u, v, light) = (Floats.zero, Floats.zero, Floats.zero)
  let far = Floats(repeating: 1e9)
  var (lowU, highU, lowV, highV) = (far, -far, far, -far)
  var record = Ints(repeating: -1)
  for y in 0..<samples {
    for x in 0..<samples {
      let s = pixel.sample(x, y)
      covered += Floats.zero.replacing(with: Floats.one, where: s.active)
      u += Floats.zero.replacing(with: s.u, where: s.active)
      v += Floats.zero.replacing(with: s.v, where: s.active)
      light += Floats.zero.replacing(with: s.light, where: s.active)
      if samples > 1 {
        lowU.replace(with: s.u, where: s.active .& (s.u .< lowU))
        highU.replace(with: s.u, where: s.active .& (s.u .> highU))
        lowV.replace(with: s.v, where: s.active .& (s.v .< lowV))
        highV.replace(with: s.v, where: s.active .& (s.v .> highV))
      }
      record.replace(with: s.record, where: s.active)
    }
  }
  let scale = 1 / Float(samples * samples)
  let coverage = unsafeBitCast(covered * scale, to: Ints.self)
  csimd_store_rows4(
    pixels + first, .zero, .zero, .zero, coverage)
  let seen = record .>= 0
  let seenBits = bits(seen)
  if seenBits == 0 { return }
  let numbers =
    Ints(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    &+ Int32(truncatingIfNeeded: first)
  let footprint = pixel.tile.footprint(record)
  var apart: UInt32 = 0
  if samples > 1 {
    // Samples of one surface lie within the footprint, whose long axis is at most a few short ones.
    let power = unsafeBitCast(csimd_round_i32((footprint.level + 127) * 0x1p23), to: Floats.self)
    let reach = power * 8 + 1
    apart = bits(
      seen
        .& (((highU - lowU) * texture.x .> reach) .| ((highV - lowV) * texture.y .> reach)))
  }
  if apart != seenBits {
    let inverse = 1 / Floats.one.replacing(with: covered, where: seen)
    probes.append(
      u: u * inverse, v: v * inverse, level: footprint.level, du: footprint.du,
      dv: footprint.dv, weight: light * scale, pixel: numbers, active: seenBits & ~apart)
  }
  if apart == 0 { return }
  for y in 0..<samples {
    for x in 0..<samples {
      let s = pixel.sample(x, y)
      let use = bits(s.active) & apart
      if use == 0 { continue }
      // A sliver of a pixel needs no long axis: one probe a sample.
      probes.append(
        u: s.u, v: s.v, level: pixel.tile.footprint(s.record).level, du: .zero, dv: .zero,
        weight: s.light * scale, pixel: numbers, active: use)
    }
  }
}

@inline(__always)
private func bits(_ mask: SIMDMask<SIMD16<Int32>>) -> UInt32 {
  csimd_sign_bits(unsafeBitCast(mask, to: SIMD16<Int32>.self))
}

/// Colour and coverage of sixteen pixels.
///
/// - Parameter work: room for 64 words, 64-byte aligned.
@inline(__always)
func loadPixels(
  _ pixels: UnsafePointer<SIMD4<Float>>, _ work: UnsafeMutableRawPointer
) -> (r: SIMD16<Float>, g: SIMD16<Float>, b: SIMD16<Float>, coverage: SIMD16<Float>) {
  csimd_rows4_to_planes(pixels, work)
  @inline(__always) func plane(_ index: Int) -> SIMD16<Float> {
    UnsafeRawPointer(work + 64 &* index).load(as: SIMD16<Float>.self)
  }
  return (plane(0), plane(1), plane(2), plane(3))
}

/// Samples along each axis of a pixel, as a type: what is generic over it is compiled for each number.
protocol SamplesPerAxis {
  static var count: Int { get }
}

enum OneSample: SamplesPerAxis { static var count: Int { 1 } }
enum TwoSamples: SamplesPerAxis { static var count: Int { 2 } }
enum ThreeSamples: SamplesPerAxis { static var count: Int { 3 } }
enum FourSamples: SamplesPerAxis { static var count: Int { 4 } }

/// `listProbes` as a function of its own: inside the loops of a caller the optimiser keeps dozens of
/// addresses in memory.
@inline(never)
func listProbes<Samples: SamplesPerAxis>(
  _: Samples.Type, _ tile: VisibleTile, offset: Int, count: Int, texture: SIMD2<Float>,
  first: Int, pixels: UnsafeMutablePointer<SIMD4<Float>>, into probes: inout TextureProbes
) {
  listProbes(
    PixelSamples(tile: tile, offset: offset, samples: Samples.count, count: count),
    texture: texture, first: first, pixels: pixels, into: &probes)
}
