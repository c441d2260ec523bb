// Pixels of few channels, transposed: kernels work on a channel of all of them at once.

import CSIMD
import Compute

/// Eight or sixteen neighbouring pixels, a plane of as many floats a channel and a lane a pixel.
struct PixelPlanes {
  /// Floats of all planes: a kilobyte, which Swift allocates on the stack.
  private static let floats = 256
  /// [channel][pixels].
  let planes: UnsafeMutablePointer<Float>
  let channels: Int
  let pixels: Int

  /// Calls `body` with memory for planes.
  ///
  /// - Parameters:
  ///   - channels: up to 32, or 16 where planes are of sixteen pixels.
  ///   - pixels: 8 or 16.
  @inline(__always)
  static func withPlanes(_ channels: Int, pixels: Int, _ body: (PixelPlanes) -> Void) {
    withUnsafeTemporaryAllocation(of: SIMD16<Float>.self, capacity: floats / 16) { memory in
      guard let base = memory.baseAddress, channels * pixels <= floats else { return }
      let planes = UnsafeMutableRawPointer(base).bindMemory(to: Float.self, capacity: floats)
      // Swift aligns sixteen floats to sixteen bytes: vectors across two cache lines are read late behind a
      // write.
      let gap = ((64 &- Int(bitPattern: base) & 63) & 63) / 4
      let first = channels &* pixels &+ gap <= floats ? planes + gap : planes
      body(PixelPlanes(planes: first, channels: channels, pixels: pixels))
    }
  }

  /// Calls `body` with the first and the count, `pixels` or what is left, of pixels of a row.
  @inline(__always)
  func forEach(_ columns: Range<Int>, _ body: (_ first: Int, _ count: Int) -> Void) {
    var x = columns.lowerBound
    while x < columns.upperBound {
      body(x, min(pixels, columns.upperBound &- x))
      x &+= pixels
    }
  }

  /// Eight pixels of a channel, from `first` on.
  @inline(__always)
  subscript(channel: Int, first: Int) -> SIMD8<Float> {
    get { SIMD8(at: planes + (pixels &* channel &+ first)) }
    nonmutating set { newValue.store(to: planes + (pixels &* channel &+ first)) }
  }

  /// Sixteen pixels of a channel, where planes are of sixteen.
  @inline(__always)
  subscript(sixteen channel: Int) -> SIMD16<Float> {
    get { load16(planes + 16 &* channel) }
    nonmutating set { store16(newValue, planes + 16 &* channel) }
  }

  /// Takes `count` pixels, and zeros for what planes lack.
  @inline(__always)
  func load(_ source: UnsafePointer<Float>, _ stride: Int, _ count: Int) {
    guard count == pixels else { return loadFirst(source, stride, count) }
    if areSixteenInRegisters { return loadSixteen(source, stride) }
    loadEight(source, stride, 0)
    if pixels == 16 { loadEight(source + 8 &* stride, stride, 8) }
  }

  /// Gives the first `count` pixels back; nothing between them is touched.
  @inline(__always)
  func store(to target: UnsafeMutablePointer<Float>, _ stride: Int, _ count: Int) {
    guard count == pixels else { return storeFirst(to: target, stride, count) }
    if areSixteenInRegisters { return storeSixteen(to: target, stride) }
    storeEight(to: target, stride, 0)
    if pixels == 16 { storeEight(to: target + 8 &* stride, stride, 8) }
  }

  /// Whether planes are changed in order as a whole: halves of one, written one after the other, make the
  /// processor wait where the whole plane is read behind them.
  @inline(__always)
  private var areSixteenInRegisters: Bool { pixels == 16 && csimd_vector_bytes() == 64 }

  @inline(__always)
  private func loadSixteen(_ source: UnsafePointer<Float>, _ stride: Int) {
    switch channels {
    case 4...8:
      SIMD4<Float>.forEach(channels) { c, _ in
        csimd_rows_to_planes16(source + c, stride, planes + 16 &* c)
      }
    case 3 where stride == 3: csimd_rows3_to_planes16(source, planes, 16)
    case 2 where stride == 2:
      let (low, high) = (load16(source), load16(source + 16))
      self[sixteen: 0] = SIMD16(lowHalf: low.evenHalf, highHalf: high.evenHalf)
      self[sixteen: 1] = SIMD16(lowHalf: low.oddHalf, highHalf: high.oddHalf)
    case 1 where stride == 1: self[sixteen: 0] = load16(source)
    default:
      loadEight(source, stride, 0)
      loadEight(source + 8 &* stride, stride, 8)
    }
  }

  @inline(__always)
  private func storeSixteen(to target: UnsafeMutablePointer<Float>, _ stride: Int) {
    switch channels {
    case 4...7:
      SIMD4<Float>.forEach(channels) { c, _ in
        csimd_planes16_to_rows(planes + 16 &* c, target + c, stride)
      }
    case 3 where stride == 3: csimd_planes16_to_rows3(planes, 16, target)
    case 1 where stride == 1: store16(self[sixteen: 0], target)
    default:
      storeEight(to: target, stride, 0)
      storeEight(to: target + 8 &* stride, stride, 8)
    }
  }

  @inline(__always)
  private func loadEight(_ source: UnsafePointer<Float>, _ stride: Int, _ first: Int) {
    let planes = planes + first
    switch channels {
    case 8...:
      SIMD8<Float>.forEach(channels) { c, _ in
        transposeTile8(source + c, stride, planes + pixels &* c, pixels)
      }
    case 4...:
      SIMD4<Float>.forEach(channels) { c, _ in
        let (from, to) = (source + c, planes + pixels &* c)
        transposeTile4(from, stride, to, pixels)
        transposeTile4(from + 4 &* stride, stride, to + 4, pixels)
      }
    case 3 where stride == 3: csimd_rows3_to_planes(source, planes, pixels)
    case 2 where stride == 2:
      let both = load16(source)
      self[0, first] = both.evenHalf
      self[1, first] = both.oddHalf
    default:
      for c in 0..<channels {
        let p = source + c
        self[c, first] = SIMD8(
          p[0], p[stride], p[2 &* stride], p[3 &* stride], p[4 &* stride], p[5 &* stride],
          p[6 &* stride], p[7 &* stride])
      }
    }
  }

  @inline(__always)
  private func storeEight(to target: UnsafeMutablePointer<Float>, _ stride: Int, _ first: Int) {
    let planes = planes + first
    switch channels {
    case 8...:
      SIMD8<Float>.forEach(channels) { c, _ in
        transposeTile8(planes + pixels &* c, pixels, target + c, stride)
      }
    case 4...:
      SIMD4<Float>.forEach(channels) { c, _ in
        let (from, to) = (planes + pixels &* c, target + c)
        transposeTile4(from, pixels, to, stride)
        transposeTile4(from + 4, pixels, to + 4 &* stride, stride)
      }
    case 3 where stride == 3: csimd_planes_to_rows3(planes, pixels, target)
    case 2 where stride == 2:
      var both = SIMD16<Float>.zero
      both.evenHalf = self[0, first]
      both.oddHalf = self[1, first]
      store16(both, target)
    default:
      for c in 0..<channels {
        for pixel in 0..<8 { target[pixel &* stride &+ c] = planes[pixels &* c &+ pixel] }
      }
    }
  }

  @inline(never)
  private func loadFirst(_ source: UnsafePointer<Float>, _ stride: Int, _ count: Int) {
    for c in 0..<channels {
      for pixel in 0..<pixels {
        planes[pixels &* c &+ pixel] = pixel < count ? source[pixel &* stride &+ c] : 0
      }
    }
  }

  @inline(never)
  private func storeFirst(to target: UnsafeMutablePointer<Float>, _ stride: Int, _ count: Int) {
    for pixel in 0..<count {
      for c in 0..<channels { target[pixel &* stride &+ c] = planes[pixels &* c &+ pixel] }
    }
  }
}
