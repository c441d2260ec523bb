import CSIMD
import Compute

/// How the rows of a tile go to a picture that is as wide as the frame.
struct TileRows {
  let tile: VisibleTile
  let pictureWidth: Int
  /// Whether whole vectors are stored past the caches.
  let streams: Bool

  /// Writes one plane: `empty` where the tile is empty, else what `value` gives for sixteen records
  /// and their offset in the tile's planes.
  @inline(__always)
  func write<T: SIMDScalar>(
    _ plane: UnsafeMutablePointer<T>, empty: T,
    _ value: (SIMD16<Int32>, Int) -> SIMD16<T>
  ) {
    let background = SIMD16<T>(repeating: empty)
    for y in 0..<tile.height {
      let target = plane + ((tile.y0 &+ y) &* pictureWidth &+ tile.x0)
      let source = y &* tile.stride
      var x = 0
      while x < tile.width {
        let stamp =
          tile.isEmpty
          ? background
          : value(
            UnsafeRawPointer(tile.records + (source &+ x)).loadUnaligned(as: SIMD16<Int32>.self),
            source &+ x)
        PlaneStore.store(stamp, target + x, min(16, tile.width &- x), streams: streams)
        x &+= 16
      }
    }
  }

  /// As above, into every `step`-th element of an interleaved picture.
  @inline(__always)
  func write(
    _ plane: UnsafeMutablePointer<Float>, step: Int, empty: Float,
    _ value: (SIMD16<Int32>, Int) -> SIMD16<Float>
  ) {
    for y in 0..<tile.height {
      let target = plane + ((tile.y0 &+ y) &* pictureWidth &+ tile.x0) &* step
      let source = y &* tile.stride
      if tile.isEmpty {
        for x in 0..<tile.width { target[x &* step] = empty }
        continue
      }
      for x in Swift.stride(from: 0, to: tile.width, by: 16) {
        let stamp = value(
          UnsafeRawPointer(tile.records + (source &+ x)).loadUnaligned(as: SIMD16<Int32>.self),
          source &+ x)
        for lane in 0..<min(16, tile.width &- x) {
          target[(x &+ lane) &* step] = stamp[lane]
        }
      }
    }
  }
}

/// Stores of sixteen 32-bit samples into a plane.
enum PlaneStore {
  /// Pictures of at least this many samples do not fit the caches: their planes are written past
  /// them, which saves reading every line first.
  static let streamedSamples = 1 << 20

  @inline(__always)
  static func store<T: SIMDScalar>(
    _ value: SIMD16<T>, _ target: UnsafeMutablePointer<T>, _ count: Int, streams: Bool
  ) {
    let floats = unsafeBitCast(value, to: SIMD16<Float>.self)
    if count < 16 {
      target.withMemoryRebound(to: Float.self, capacity: count) {
        csimd_store_first_f32($0, floats, Int32(truncatingIfNeeded: count))
      }
    } else if streams && UInt(bitPattern: target) & 63 == 0 {
      target.withMemoryRebound(to: Float.self, capacity: 16) { csimd_stream_f32($0, floats) }
    } else {
      UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD16<T>.self)
    }
  }
}
