// Sums over the channels of a pixel, of sixteen pixels at a time: what follows a sum (a division, a root)
// takes the processor long, but it does so for all sixteen at once.

import CSIMD
import Compute

/// Sixteen pixels whose channels can be summed, a lane of every result a pixel.
///
/// Sixteen lanes are added up in the same order by all that conform: halves, quarters, then neighbours.
protocol SixteenPixels {
  /// The number of channels, and one over it in all lanes.
  var channels: Int { get }
  var reciprocal: SIMD16<Float> { get }

  /// The sums of all channels.
  var sum: SIMD16<Float> { get }

  /// The sums of their squares.
  var squares: SIMD16<Float> { get }

  /// The sums of what each channel is above a float of its pixel, and of the squares.
  func differences(
    from centres: SIMD16<Float>
  ) -> (sum: SIMD16<Float>, squares: SIMD16<Float>)
}

extension SixteenPixels {
  /// Floats near the means.
  @inline(__always)
  var centres: SIMD16<Float> { sum * reciprocal }

  /// What the means are above floats near them, and the sums of squared distances from the means.
  @inline(__always)
  func distances(
    from centres: SIMD16<Float>
  ) -> (rest: SIMD16<Float>, squares: SIMD16<Float>) {
    let sums = differences(from: centres)
    let rest = sums.sum * reciprocal
    let squares = multiplyAdd(SIMD16<Float>.zero - rest, sums.sum, sums.squares)
    return (rest, csimd_larger_f32(squares, .zero))
  }
}

/// Up to sixteen pixels of a row where they lie, of sixteen channels and more.
struct RowPixels<Count: VectorCount>: SixteenPixels {
  var first: UnsafePointer<Float>
  var count = 0
  let stride: Int
  let vectors: ChannelVectors<Count>
  let reciprocal: SIMD16<Float>
  let room: PixelRoom

  @inline(__always)
  init(_ row: UnsafePointer<Float>, stride: Int, channels: Int, _ room: PixelRoom) {
    first = row
    self.stride = stride
    vectors = ChannelVectors(channels)
    reciprocal = SIMD16(repeating: 1 / Float(channels))
    self.room = room
  }

  @inline(__always)
  var channels: Int { vectors.channels }

  @inline(__always)
  var sum: SIMD16<Float> {
    var pixel = first
    var four = 0
    while four < count {
      let p = neighbours(pixel, four)
      let (a, b, c, d) = (vectors.sum(p.0), vectors.sum(p.1), vectors.sum(p.2), vectors.sum(p.3))
      room[0, four] = csimd_quarter_sums_f32(a, b, c, d)
      pixel += 4 &* stride
      four &+= 4
    }
    return room.sums(0)
  }

  @inline(__always)
  var squares: SIMD16<Float> {
    var pixel = first
    var four = 0
    while four < count {
      let p = neighbours(pixel, four)
      let (a, b) = (vectors.squares(p.0), vectors.squares(p.1))
      let (c, d) = (vectors.squares(p.2), vectors.squares(p.3))
      room[0, four] = csimd_quarter_sums_f32(a, b, c, d)
      pixel += 4 &* stride
      four &+= 4
    }
    return room.sums(0)
  }

  @inline(__always)
  func differences(
    from centres: SIMD16<Float>
  ) -> (sum: SIMD16<Float>, squares: SIMD16<Float>) {
    let numbers = room.keep(centres, 0)
    var pixel = first
    var four = 0
    while four < count {
      let p = neighbours(pixel, four)
      let centres = numbers + four
      let (a, b) = (
        vectors.differences(p.0, from: centres[0]), vectors.differences(p.1, from: centres[1])
      )
      let (c, d) = (
        vectors.differences(p.2, from: centres[2]), vectors.differences(p.3, from: centres[3])
      )
      room[0, four] = csimd_quarter_sums_f32(a.sum, b.sum, c.sum, d.sum)
      room[1, four] = csimd_quarter_sums_f32(a.squares, b.squares, c.squares, d.squares)
      pixel += 4 &* stride
      four &+= 4
    }
    return (room.sums(0), room.sums(1))
  }

  /// A pixel and the three behind it; where they lack, others stand in for them.
  @inline(__always)
  private func neighbours(
    _ pixel: UnsafePointer<Float>, _ number: Int
  ) -> (
    UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>
  ) {
    let left = count &- number
    let two = left > 2 ? 2 &* stride : 0
    let one = left > 1 ? stride : 0
    return (pixel, pixel + one, pixel + two, pixel + two + (left > 3 ? stride : 0))
  }
}

/// Memory for sums of sixteen pixels.
struct PixelRoom {
  /// Less than a kilobyte, which Swift allocates on the stack.
  private static let vectors = 12
  private let memory: UnsafeMutablePointer<Float>

  @inline(__always)
  static func with(_ body: (PixelRoom) -> Void) {
    withUnsafeTemporaryAllocation(of: SIMD16<Float>.self, capacity: vectors + 1) { memory in
      guard let base = memory.baseAddress else { return }
      // Batches of fewer pixels leave lanes as they are.
      base.initialize(repeating: .zero, count: vectors + 1)
      let capacity = 16 * (vectors + 1)
      let floats = UnsafeMutableRawPointer(base).bindMemory(to: Float.self, capacity: capacity)
      // Swift aligns sixteen floats to sixteen bytes.
      body(PixelRoom(memory: floats + ((64 &- Int(bitPattern: base) & 63) & 63) / 4))
    }
  }

  /// Four sums of each of four pixels from `pixel` on, of two kinds.
  @inline(__always)
  subscript(kind: Int, pixel: Int) -> SIMD16<Float> {
    get { load16(memory + (64 &* kind &+ 4 &* pixel)) }
    nonmutating set { store16(newValue, memory + (64 &* kind &+ 4 &* pixel)) }
  }

  /// The sums of a kind.
  @inline(__always)
  func sums(_ kind: Int) -> SIMD16<Float> {
    csimd_sums_of_four_f32(self[kind, 0], self[kind, 4], self[kind, 8], self[kind, 12])
  }

  /// Keeps a number of each pixel; `place` is 0 for those that sums are taken with, then 1 to 3.
  ///
  /// - Returns: where they are.
  @inline(__always)
  func keep(_ numbers: SIMD16<Float>, _ place: Int) -> UnsafePointer<Float> {
    let kept = memory + (128 &+ 16 &* place)
    store16(numbers, kept)
    return UnsafePointer(kept)
  }
}
