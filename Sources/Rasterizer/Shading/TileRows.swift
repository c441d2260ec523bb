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
}
