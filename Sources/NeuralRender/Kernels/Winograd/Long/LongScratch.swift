// How the scratch of a long Winograd convolution is laid out.

import Compute

/// A block of tiles on its way through the transforms.
struct LongScratch {
  struct Position: BitwiseCopyable {
    var y: Int
    var x: Int
  }

  /// [row of points][row of input tiles][input column][channel].
  let columns: UnsafeMutablePointer<Float>
  /// [point of a row][input tile][channel].
  let transformed: UnsafeMutablePointer<Float>
  /// [point][tile][64].
  let products: UnsafeMutablePointer<Float>
  let half: UnsafeMutablePointer<Float>
  /// Byte offsets of the input tiles that listed tiles read, [group of 12][part][16 slots].
  let slots: UnsafeMutablePointer<Int>
  /// Of listed tiles, in the block.
  let positions: UnsafeMutablePointer<Position>
  private let channels: Int
  /// Block's tiles on the image.
  private(set) var firstRow = 0
  private(set) var firstColumn = 0
  /// Active tiles.
  private(set) var count = 0
  /// The rows and columns of input tiles that they read.
  private(set) var rows = 0..<0
  private(set) var across = 0..<0

  static let parts = 4
  private static let groups = (LongWinograd.tiles + tilePixels - 1) / tilePixels

  private static func columnFloats(_ channels: Int) -> Int {
    LongWinograd.size * (LongWinograd.down + 1) * LongWinograd.columns * channels + 16
  }

  /// An odd number of lines between points.
  static func pointStride(_ channels: Int) -> Int {
    (LongWinograd.inputTiles * channels + 31) & ~31 + 16
  }

  static func bytes(channels: Int) -> Int {
    let floats =
      columnFloats(channels) + LongWinograd.size * pointStride(channels)
      + LongWinograd.points * (LongWinograd.tiles * 64 + 16)
    return
      (floats * 4 + groups * parts * tableRow * 8
      + LongWinograd.tiles * MemoryLayout<Position>.stride + 63) & ~63
  }

  init(_ scratch: UnsafeMutableRawPointer, channels: Int) {
    self.channels = channels
    var pieces = ScratchPieces(scratch)
    products = pieces.take(Float.self, LongWinograd.points * LongWinograd.tiles * 64)
    half = pieces.take(Float.self, LongWinograd.points * 16)
    transformed = pieces.take(Float.self, LongWinograd.size * Self.pointStride(channels))
    columns = pieces.take(Float.self, Self.columnFloats(channels))
    slots = pieces.take(Int.self, Self.groups * Self.parts * tableRow)
    positions = pieces.take(Position.self, LongWinograd.tiles)
  }

  /// Finds the listed tiles of the block whose first tile is given.
  mutating func find(_ pieces: RowPieces, firstRow: Int, firstColumn: Int) {
    self.firstRow = firstRow
    self.firstColumn = firstColumn
    count = 0
    var (top, bottom) = (LongWinograd.down, 0)
    var (left, right) = (LongWinograd.across, 0)
    let end = pieces.firstPiece(ofRow: firstRow + LongWinograd.down)
    for index in pieces.firstPiece(ofRow: firstRow)..<end {
      let piece = pieces.pieces[index]
      let y = Int(piece.y) - firstRow
      let first = max(Int(piece.x0) - firstColumn, 0)
      let last = min(Int(piece.x1) - firstColumn, LongWinograd.across)
      if first >= last { continue }
      (top, bottom) = (min(top, y), max(bottom, y + 1))
      (left, right) = (min(left, first), max(right, last))
      for x in first..<last {
        positions[count] = Position(y: y, x: x)
        count += 1
      }
    }
    if count == 0 { return }
    rows = top..<bottom + 1
    across = left..<right + 1
    let held = (count + tilePixels - 1) / tilePixels * tilePixels
    for tile in 0..<held {
      let position = positions[min(tile, count - 1)]
      let start = tile / tilePixels * Self.parts * tableRow + tile % tilePixels
      for part in 0..<Self.parts {
        let index =
          (position.y + part / 2) * (LongWinograd.across + 1) + position.x + part % 2
        slots[start + part * tableRow] = index * channels * 4
      }
    }
  }

  /// A pixel transformed down a row of tiles.
  @inline(__always)
  func column(_ points: Int, _ tileRow: Int, _ x: Int) -> UnsafeMutablePointer<Float> {
    columns
      + ((points * (LongWinograd.down + 1) + tileRow) * LongWinograd.columns + x) * channels
  }
}
