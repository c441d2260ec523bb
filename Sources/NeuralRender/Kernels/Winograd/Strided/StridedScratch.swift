// How the scratch of a strided Winograd convolution is laid out.

import Compute

/// Some rows of outputs on their way through the transforms.
struct StridedScratch {
  struct Tile: BitwiseCopyable {
    var row: Int32
    var column: Int32
    /// Its first listed pixel in `pixels`; it has those before the next tile's first.
    var firstPixel: Int32
  }
  struct Pixel: BitwiseCopyable {
    var row: Int32
    var column: Int32
  }

  /// [point][input row][tile][channel].
  let transformed: UnsafeMutablePointer<Float>
  /// [point][listed tile][32].
  let products: UnsafeMutablePointer<Float>
  /// Products of the middle tap, [listed pixel][32].
  let middle: UnsafeMutablePointer<Float>
  /// The four results of a tile.
  let line: UnsafeMutablePointer<Float>
  let table: UnsafeMutablePointer<Int>
  let tiles: UnsafeMutablePointer<Tile>
  let pixels: UnsafeMutablePointer<Pixel>
  let spans: UnsafeMutablePointer<RowPiece>
  /// Whether a tile of an input row was transformed.
  let isDone: UnsafeMutablePointer<Bool>
  let firstRow: Int
  let firstTile: Int
  private let rowTiles: Int
  let tileStride: Int
  let pointStride: Int
  private(set) var tileCount = 0
  private(set) var pixelCount = 0

  static let mostTiles = 2 * StridedWinograd.tilesPerRow
  /// Tiles of input rows: five rows of the most tiles, or nine of a quarter of them.
  static let places = 5 * StridedWinograd.tilesPerRow
  static let productStride = (mostTiles + tilePixels) * 32

  /// Output rows of an item: few, so that their transformed input stays in the cache.
  static func rows(tiles: Int) -> Int { 4 * tiles <= StridedWinograd.tilesPerRow ? 4 : 2 }

  private static func tileStride(_ channels: Int) -> Int { (channels & ~15) + 16 }

  private static func pointStride(_ channels: Int) -> Int { places * tileStride(channels) + 5 * 16 }

  static func bytes(channels: Int) -> Int {
    let floats =
      FourByTwoLines.size * (pointStride(channels) + productStride)
      + (4 * mostTiles + tilePixels) * 32 + 64
    let bytes =
      floats * 4 + 3 * tableRow * 8 + (mostTiles + 1) * MemoryLayout<Tile>.stride
      + 4 * mostTiles * MemoryLayout<Pixel>.stride
      + 4 * StridedWinograd.tilesPerRow * MemoryLayout<RowPiece>.stride + places
    return (bytes + 127) & ~63
  }

  /// - Parameter rowTiles: tiles of a row of the item.
  init(
    _ scratch: UnsafeMutableRawPointer, channels: Int, firstRow: Int, firstTile: Int,
    rowTiles: Int
  ) {
    self.rowTiles = rowTiles
    self.firstRow = firstRow
    self.firstTile = firstTile
    tileStride = Self.tileStride(channels)
    pointStride = Self.pointStride(channels)
    var pieces = ScratchPieces(scratch)
    transformed = pieces.take(Float.self, FourByTwoLines.size * pointStride)
    products = pieces.take(Float.self, FourByTwoLines.size * Self.productStride)
    middle = pieces.take(Float.self, (4 * Self.mostTiles + tilePixels) * 32)
    line = pieces.take(Float.self, 64)
    table = pieces.take(Int.self, 3 * tableRow)
    spans = pieces.take(RowPiece.self, 4 * StridedWinograd.tilesPerRow)
    pixels = pieces.take(Pixel.self, 4 * Self.mostTiles)
    tiles = pieces.take(Tile.self, Self.mostTiles + 1)
    isDone = pieces.take(Bool.self, Self.places)
  }

  /// Lists the listed pixels and their tiles.
  mutating func find(_ pieces: RowPieces, rows: Range<Int>, columns: Range<Int>) {
    for y in rows {
      let count = pieces.joined(
        rows: y..<y + 1, columns: columns, left: 0, right: 0, width: columns.upperBound, y: y,
        into: spans)
      var tile = -1
      for index in 0..<count {
        for x in Int(spans[index].x0)..<Int(spans[index].x1) {
          if x / 4 != tile {
            tile = x / 4
            tiles[tileCount] = Tile(
              row: Int32(y), column: Int32(tile), firstPixel: Int32(pixelCount))
            tileCount += 1
          }
          pixels[pixelCount] = Pixel(row: Int32(y), column: Int32(x))
          pixelCount += 1
        }
      }
    }
    tiles[tileCount] = Tile(row: 0, column: 0, firstPixel: Int32(pixelCount))
    for place in 0..<Self.places { isDone[place] = false }
  }

  /// Where a tile of a row of taps of an output row lies among those of input rows.
  @inline(__always)
  func place(_ tile: Tile, tap: Int) -> Int {
    let row = 2 * (Int(tile.row) - firstRow) + tap
    return row * rowTiles + Int(tile.column) - firstTile
  }
}
