import Compute

/// What a layer computes from the empty frame, every pixel of it, in little memory.
///
/// Inside, an empty frame repeats: every pixel has the values of the one a tile, or a few doublings
/// of the image, away. Near its borders it does not. So rows that are equal bit for bit are kept once
/// and columns too; two lists tell which of the kept ones a row or a column is. A frame that does not
/// repeat is kept whole.
final class EmptyActivation: @unchecked Sendable {
  // Sendable: written by `init` only.
  private let values: AlignedBuffer<Float>
  private let rows: [Int]
  private let columns: [Int]
  private let keptColumns: Int
  private let channels: Int

  /// Copies an image.
  init(of map: FeatureMap, on pool: WorkerPool) {
    let found = Repetition(map, on: pool)
    channels = map.channels
    rows = found.rows.index
    columns = found.columns.index
    keptColumns = found.columns.kept.count
    values = AlignedBuffer(count: found.rows.kept.count * keptColumns * channels)
    for (row, y) in found.rows.kept.enumerated() {
      for (column, x) in found.columns.kept.enumerated() {
        (values.pointer + (row * keptColumns + column) * channels)
          .update(from: map.pixel(y, x), count: channels)
      }
    }
  }

  var byteCount: Int { 4 * values.count + 8 * (rows.count + columns.count) }

  /// Writes pixels of a row into an image of the same size.
  func write(_ y: Int, _ range: Range<Int>, to map: FeatureMap) {
    columns.withUnsafeBufferPointer { columns in
      let row = values.pointer + rows[y] * keptColumns * channels
      var target = map.pixel(y, range.lowerBound)
      for x in range {
        target.update(from: row + columns[x] * channels, count: channels)
        target += map.pixelStride
      }
    }
  }
}

/// Which rows and columns of an image are equal to earlier ones, bit for bit.
private struct Repetition {
  /// The rows or columns that are kept, and for each one which of the kept it equals.
  struct Axis {
    var kept: [Int] = []
    var index: [Int] = []
  }
  private(set) var rows = Axis()
  private(set) var columns = Axis()

  /// Guesses by hashes, then compares everything.
  init(_ map: FeatureMap, on pool: WorkerPool) {
    let hashes = AlignedBuffer<UInt64>(count: map.height * map.width)
    let (height, width) = (map.height, map.width)
    nonisolated(unsafe) let target = hashes.pointer
    pool.run(height) { y, _ in
      for x in 0..<width { target[y * width + x] = hash(map.pixel(y, x), map.channels) }
    }
    rows = Self.group(height) { y in
      (0..<width).reduce(into: UInt64(0)) { $0 = mixed($0, hashes[y * width + $1]) }
    }
    let kept = rows.kept
    columns = Self.group(width) { x in
      kept.reduce(into: UInt64(0)) { $0 = mixed($0, hashes[$1 * width + x]) }
    }
    _ = consume hashes
    if !isExact(map, on: pool) {
      rows = Axis(kept: Array(0..<height), index: Array(0..<height))
      columns = Axis(kept: Array(0..<width), index: Array(0..<width))
    }
  }

  private static func group(_ count: Int, _ hash: (Int) -> UInt64) -> Axis {
    var axis = Axis()
    var seen: [UInt64: Int] = [:]
    for position in 0..<count {
      let value = hash(position)
      let place = seen[value] ?? axis.kept.count
      if place == axis.kept.count {
        seen[value] = place
        axis.kept.append(position)
      }
      axis.index.append(place)
    }
    return axis
  }

  /// Whether every pixel equals the one it is kept as.
  private func isExact(_ map: FeatureMap, on pool: WorkerPool) -> Bool {
    let wrong = AlignedBuffer<Int>(count: map.height, filledWith: 0)
    nonisolated(unsafe) let target = wrong.pointer
    let (rows, columns) = (rows, columns)
    pool.run(map.height) { y, _ in
      let source = rows.kept[rows.index[y]]
      for x in 0..<map.width {
        let (one, other) = (map.pixel(y, x), map.pixel(source, columns.kept[columns.index[x]]))
        for channel in 0..<map.channels
        where one[channel].bitPattern != other[channel].bitPattern {
          target[y] = 1
        }
      }
    }
    return (0..<map.height).allSatisfy { wrong[$0] == 0 }
  }
}

/// A hash of the bits of some floats.
private func hash(_ values: UnsafePointer<Float>, _ count: Int) -> UInt64 {
  var result: UInt64 = 0
  for index in 0..<count { result = mixed(result, UInt64(values[index].bitPattern)) }
  return result
}

/// A step of a hash: multiplied by an odd constant (2^64 / golden ratio), high bits brought down.
@inline(__always)
private func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 {
  let product = (hash ^ value) &* 0x9E37_79B9_7F4A_7C15
  return product ^ product >> 29
}
