import Compute

/// The tiles that workers are drawing, one each.
struct TileMemory: ~Copyable {
  /// Samples of a tile; the width is a multiple of sixteen.
  let width: Int
  let height: Int
  /// Samples from row to row.
  private let stride: Int
  private let planeSize: Int
  private let words: Int
  private let floats: AlignedBuffer<Float>
  private let records: AlignedBuffer<Int32>

  init(width: Int, height: Int, workers: Int) {
    (self.width, self.height) = (width, height)
    stride = width + RasterConstants.tilePadding
    planeSize = stride * ((height + 3) & ~3) + 16
    words = ((5 * planeSize + 15) & ~15) + TileBuffers.groups
    floats = AlignedBuffer(count: workers * words)
    records = AlignedBuffer(count: workers * planeSize)
  }

  func buffers(_ worker: Int) -> TileBuffers {
    let base = floats.pointer + worker * words
    return TileBuffers(
      inverseDepth: base, records: records.pointer + worker * planeSize,
      attributes: base + planeSize, stride: stride, planeSize: planeSize,
      farthest: base + (words - TileBuffers.groups))
  }
}
