/// One array of a motion file as rows of floats, checked on the way: the shape, the number of
/// frames, and that every number is finite.
///
/// Sits between `MotionArrays` and `FrameStore`; a layout (`Motion+AMASS` ...) says which keys
/// it has and where their columns go in a frame.
import Compute

/// How the rows of one key are read.
struct MotionTable {
  /// (row as in the file, its width, row as stored).
  typealias Conversion = (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void

  let arrays: MotionArrays
  let key: String
  /// Floats of a row as stored.
  let width: Int
  /// Where the stored row goes in a frame.
  let pieces: [MotionClip.Piece]
  /// Row widths that the file may have.
  let accepts: (Int) -> Bool
  /// What a row is, for errors: "63 numbers (21 joints)".
  let expected: String
  /// nil copies the first `width` floats.
  var convert: Conversion?

  /// Frames and row width of one entry: leading axes are frames, the others one row. (N, 63),
  /// (N, 21, 3), (63), (1, N, 63) are all told apart by the widths that are accepted.
  func split(_ shape: [Int], frames: Int?) throws -> (frames: Int, width: Int)? {
    var found: (frames: Int, width: Int)?
    for axis in [1, 0, 2] where axis <= shape.count {
      let rows = try product(shape[..<axis])
      let width = try product(shape[axis...])
      // Without frames the other axes still say the width.
      guard accepts(width) else { continue }
      if rows == frames { return (rows, width) }
      if found == nil { found = (rows, width) }
    }
    return found
  }

  private func product(_ sizes: ArraySlice<Int>) throws -> Int {
    var result = 1
    for size in sizes {
      let (value, overflow) = result.multipliedReportingOverflow(by: size)
      guard !overflow, size >= 0, value < 1 << 40 else {
        throw arrays.error("the array is too large", key: key)
      }
      result = value
    }
    return result
  }

  /// All rows of all entries.
  ///
  /// - Parameter frames: the frames of each entry as the first table found them; nil for the
  ///   first table.
  ///
  /// - Returns: the rows, the frames of each entry, and the largest absolute value in the file.
  /// - Parameter room: bytes that the rows may take; more is refused before anything is read.
  func read(
    frames: [Int]?, framesKey: String, room: Int = MotionLimits.mostBytes
  ) throws -> (store: FrameStore, frames: [Int], largest: Float) {
    let writer = FrameStore.Writer(width: width)
    var counts: [Int] = []
    var first = 0
    var largest: Float = 0
    for entry in 0..<arrays.entries.count {
      guard let shape = try arrays.shape(key, entry: entry) else {
        throw arrays.error(
          arrays.entries.count > 1 ? "entry \(entry) lacks this key" : "the key is missing",
          key: key,
          expected: "frames of \(expected)")
      }
      let wanted = frames?[entry]
      guard let (rows, fileWidth) = try split(shape, frames: wanted) else {
        throw arrays.error(
          "the array has an unexpected shape", key: key,
          expected: "\(wanted.map(String.init) ?? "frames") x \(expected)", found: text(shape))
      }
      if let wanted, rows != wanted {
        throw arrays.error(
          "the array's number of frames contradicts `\(framesKey)`", key: key,
          expected: "\(wanted) frames", found: "\(rows) (\(text(shape)))")
      }
      let rest = room - first.clampedProduct(4 * width)
      guard rows.clampedProduct(4 * max(width, fileWidth)) <= rest else {
        throw arrays.error(
          "the motion is too long, or its file unfolds too far", key: key,
          expected: "at most \(room >> 20) MB of frames from this file",
          found: "\(rows) x \(fileWidth) numbers",
          hint: "cut the recording into pieces")
      }
      let size = try append(
        entry: entry, rows: rows, fileWidth: fileWidth, first: first, to: writer)
      largest = max(largest, size)
      counts.append(rows)
      first += rows
    }
    guard let store = try writer.finish(), store.count == first else {
      throw arrays.error("the array ends within a frame", key: key)
    }
    return (store, counts, largest)
  }

  /// The rows of one entry, `rows` of `fileWidth` floats, are checked, converted and appended.
  /// `first`: number of the entry's first frame in the whole motion. Returns the largest
  /// absolute value.
  private func append(
    entry: Int, rows: Int, fileWidth: Int, first: Int, to writer: FrameStore.Writer
  ) throws -> Float {
    var row = [Float](repeating: 0, count: fileWidth)
    var output = [Float](repeating: 0, count: width)
    var filled = 0
    var frame = first
    var largest: Float = 0
    try arrays.stream(key, entry: entry) { chunk in
      var position = 0
      while position < chunk.count {
        let taken = min(fileWidth - filled, chunk.count - position)
        for i in 0..<taken { row[filled + i] = chunk[position + i] }
        filled += taken
        position += taken
        guard filled == fileWidth else { continue }
        filled = 0
        largest = max(largest, try check(row, frame: frame))
        try row.withUnsafeBufferPointer { row in
          try output.withUnsafeMutableBufferPointer { output in
            guard let from = row.baseAddress, let to = output.baseAddress else { return }
            if let convert {
              convert(from, fileWidth, to)
              // Nine numbers that are no rotation matrix have no axis.
              guard output.allSatisfy(\.isFinite) else {
                throw arrays.error(
                  "frame \(frame) holds numbers that are no rotations", key: key,
                  expected: "\(expected), or rotation matrices")
              }
            } else {
              to.update(from: from, count: width)
            }
            try writer.append(UnsafeBufferPointer(output))
          }
        }
        frame += 1
      }
    }
    guard filled == 0, frame - first == rows else {
      throw arrays.error(
        "the array ends early", key: key, expected: "\(rows) frames", found: "\(frame - first)")
    }
    return largest
  }

  /// The largest absolute value of a row whose numbers are all finite.
  private func check(_ row: [Float], frame: Int) throws -> Float {
    guard let column = row.firstIndex(where: { !$0.isFinite }) else {
      return row.reduce(0) { max($0, abs($1)) }
    }
    let place = place(column, fileWidth: row.count).map { " (\($0))" } ?? ""
    throw arrays.error(
      "frame \(frame) has a value that is \(row[column].isNaN ? "not a number" : "infinite")",
      key: key, expected: "finite rotations and positions",
      found: "\(row[column]) in column \(column)\(place)",
      hint: "repair the file, or show the part before that frame cut out of it")
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

  private func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "a single value" : shape.map(String.init).joined(separator: " x ")
  }
}
