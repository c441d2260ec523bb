import Compute

/// The rows of an entry, checked and converted one after the other.
extension MotionTable {
  /// The rows of one entry, `rows` of `fileWidth` floats, are checked, converted and appended, each
  /// `copies` times. `first`: number of the entry's first frame in the whole motion. Returns the largest
  /// absolute value.
  func append(
    entry: Int, rows: Int, copies: Int, fileWidth: Int, first: Int, gap: inout Gap?,
    to writer: FrameStore.Writer
  ) throws -> Float {
    var row = [Float](repeating: 0, count: fileWidth)
    var output = [Float](repeating: 0, count: width)
    var filled = 0
    var frame = first
    var largest: Float = 0
    // Rows before the first good one wait for it.
    var waiting = 0
    var foundGap = gap
    var hasGood = false
    try arrays.stream(key, entry: entry) { chunk in
      var position = 0
      while position < chunk.count {
        let taken = min(fileWidth - filled, chunk.count - position)
        for i in 0..<taken { row[filled + i] = chunk[position + i] }
        filled += taken
        position += taken
        guard filled == fileWidth else { continue }
        filled = 0
        let size = row.reduce(Float(0)) { max($0, $1.isFinite ? abs($1) : .infinity) }
        if size.isFinite {
          largest = max(largest, size)
          try turn(row, frame: frame, to: &output)
          hasGood = true
        } else {
          note(row, frame: frame, in: &foundGap)
        }
        waiting += copies
        if hasGood || frame == first + rows - 1 {
          try output.withUnsafeBufferPointer { output in
            for _ in 0..<waiting { try writer.append(output) }
          }
          waiting = 0
        }
        frame += 1
      }
    }
    gap = foundGap
    guard filled == 0, frame - first == rows else {
      throw arrays.error(
        "the array ends early", key: key, expected: "\(rows) frames", found: "\(frame - first)")
    }
    return largest
  }

  /// A row as it is stored.
  private func turn(_ row: [Float], frame: Int, to output: inout [Float]) throws {
    try row.withUnsafeBufferPointer { row in
      try output.withUnsafeMutableBufferPointer { output in
        guard let from = row.baseAddress, let to = output.baseAddress else { return }
        guard let convert else { return to.update(from: from, count: width) }
        convert(from, row.count, to)
        // Nine numbers that are no rotation matrix have no axis.
        guard output.allSatisfy(\.isFinite) else {
          throw arrays.error(
            "frame \(frame) holds numbers that are no rotations", key: key,
            expected: "\(expected), or rotation matrices")
        }
      }
    }
  }

  /// Remembers a row with a number that is none.
  private func note(_ row: [Float], frame: Int, in gap: inout Gap?) {
    let column = row.firstIndex { !$0.isFinite } ?? 0
    if gap == nil {
      let place = place(column, fileWidth: row.count).map { " (\($0))" } ?? ""
      gap = Gap(
        key: key, isNaN: row[column].isNaN, found: "\(row[column]) in column \(column)\(place)")
    }
    gap?.add(frame)
  }

  /// The joint of a column of the file; nil where columns are not joints (hand components).
  private func place(_ column: Int, fileWidth: Int) -> String? {
    // Rotation matrices have nine columns for each three stored.
    let stored = fileWidth == 3 * width ? column / 9 * 3 : fileWidth >= width ? column : -1
    for piece in pieces where (piece.column..<piece.column + piece.count).contains(stored) {
      let offset = piece.offset + stored - piece.column
      if offset >= MotionFrame.expression { return "expression" }
      if offset >= MotionFrame.translation { return "translation" }
      return MotionFrame.jointNames[offset / 3]
    }
    return nil
  }
}
