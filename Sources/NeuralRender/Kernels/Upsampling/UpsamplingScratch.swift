// How the scratch of an upsampling convolution is laid out.

import Compute

/// Products of a ring of low rows and what is needed to make and blend them.
///
/// A row of products: for each column from one before the rectangle to one behind it [row of taps][32],
/// then for each tile of four columns from one before it to one behind it [row of taps][point][32].
struct UpsamplingScratch {
  /// Columns of the low image that are computed.
  let columns: Range<Int>
  let firstTile: Int
  let rowsAtOnce: Int
  private let ringRows: Int
  private let tileOffset: Int
  private let rowStride: Int
  private let ring: UnsafeMutablePointer<Float>
  /// [point][tile in the order of `tiles`][channel]; tiles and points are apart by no power of two, or
  /// those that are read together would fight for the same sets of the cache.
  let transformed: UnsafeMutablePointer<Float>
  let tileStride: Int
  let pointStride: Int
  /// A tile's sums; a line of odd and even positions of two rows.
  let sums: UnsafeMutablePointer<Float>
  let line: UnsafeMutablePointer<Float>
  let table: UnsafeMutablePointer<Int>
  /// Rows and columns of pixels, rows and tiles: what the products are made of.
  let pixels: UnsafeMutablePointer<Position>
  let tiles: UnsafeMutablePointer<Position>
  let spans: UnsafeMutablePointer<RowPiece>

  struct Position: BitwiseCopyable {
    var row: Int32
    var column: Int32
  }

  static let columnFloats = 3 * 32
  static let tileFloats = 3 * TransformedUpsampling.points * 32
  /// Columns blended together, and the positions that they need: two before and one behind.
  static let blendColumns = 64
  static let lineFloats = (2 * blendColumns + 3) * 16

  private static func rowFloats(tiles: Int) -> Int {
    (4 * tiles + 2) * columnFloats + (tiles + 2) * tileFloats
  }

  private static func rowsAtOnce(tiles: Int) -> Int {
    max(
      1, min(TransformedUpsampling.mostRowsAtOnce, TransformedUpsampling.tilesPerItem / tiles))
  }

  /// The ring is largest for rows of the most tiles: (rowsAtOnce + 2) * rowFloats.
  private static let ringFloats = 3 * rowFloats(tiles: TransformedUpsampling.tilesPerItem)
  private static let mostPixels = TransformedUpsampling.mostTiles * 4 + 64

  private static func tileStride(_ depth: Int) -> Int { (depth & ~15) + 16 }

  private static func pointStride(_ depth: Int) -> Int {
    TransformedUpsampling.mostTiles * tileStride(depth) + 5 * 16
  }

  static func bytes(depth: Int) -> Int {
    let floats =
      ringFloats + TransformedUpsampling.points * pointStride(depth)
      + tilePixels * 32 + 2 * lineFloats
    let positions = mostPixels + TransformedUpsampling.mostTiles
    let spans = 3 * 4 * TransformedUpsampling.tilesPerItem
    let bytes =
      floats * 4 + 2 * tableRow * 8 + positions * MemoryLayout<Position>.stride
      + spans * MemoryLayout<RowPiece>.stride
    return (bytes + 63) & ~63
  }

  init(_ scratch: UnsafeMutableRawPointer, columns: Range<Int>, depth: Int) {
    self.columns = columns
    firstTile = columns.lowerBound / 4
    let count = (columns.upperBound + 3) / 4 - firstTile
    rowsAtOnce = Self.rowsAtOnce(tiles: count)
    ringRows = rowsAtOnce + 2
    tileOffset = (4 * count + 2) * Self.columnFloats
    rowStride = Self.rowFloats(tiles: count)
    precondition(ringRows * rowStride <= Self.ringFloats)
    tileStride = Self.tileStride(depth)
    pointStride = Self.pointStride(depth)
    var pieces = ScratchPieces(scratch)
    ring = pieces.take(Float.self, Self.ringFloats)
    transformed = pieces.take(Float.self, TransformedUpsampling.points * Self.pointStride(depth))
    sums = pieces.take(Float.self, tilePixels * 32)
    line = pieces.take(Float.self, 2 * Self.lineFloats)
    table = pieces.take(Int.self, 2 * tableRow)
    pixels = pieces.take(Position.self, Self.mostPixels)
    tiles = pieces.take(Position.self, TransformedUpsampling.mostTiles)
    spans = pieces.take(RowPiece.self, 3 * 4 * TransformedUpsampling.tilesPerItem)
  }

  /// The products of column `x` of a row: [row of taps][32].
  @inline(__always)
  func column(_ y: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
    ring + y % ringRows * rowStride + (x - columns.lowerBound + 1) * Self.columnFloats
  }

  /// The products of a tile of a row: [row of taps][point][32].
  @inline(__always)
  func tile(_ y: Int, _ tile: Int) -> UnsafeMutablePointer<Float> {
    ring + y % ringRows * rowStride + tileOffset + (tile - firstTile + 1) * Self.tileFloats
  }
}
