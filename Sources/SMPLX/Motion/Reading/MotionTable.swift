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

  /// Frames of each entry.
  ///
  /// - Throws: for entries that lack the key, and shapes that are not understood.
  func frameCounts() throws -> [Int] {
    try arrays.entries.indices.map { entry in
      let shape = try self.shape(entry)
      guard let (rows, _) = try split(shape, frames: nil) else {
        throw unexpected(shape, frames: nil)
      }
      return rows
    }
  }

  private func shape(_ entry: Int) throws -> [Int] {
    guard let shape = try arrays.shape(key, entry: entry) else {
      throw arrays.error(
        arrays.entries.count > 1 ? "entry \(entry) lacks this key" : "the key is missing",
        key: key, expected: "frames of \(expected)")
    }
    return shape
  }

  private func unexpected(_ shape: [Int], frames: Int?) -> ProgramError {
    arrays.error(
      "the array has an unexpected shape", key: key,
      expected: "\(frames.map(String.init) ?? "frames") x \(expected)", found: text(shape))
  }

  struct Rows {
    /// A row for each frame, or one that holds for all.
    var store: FrameStore
    /// The largest absolute value in the file.
    var largest: Float
    /// Frames with numbers that are none; nil where all are numbers.
    var gap: Gap?
  }

  /// All rows of all entries.
  ///
  /// An entry of one row beside longer ones holds for all its frames. Rows with numbers that are none are
  /// kept as the row before.
  ///
  /// - Parameters:
  ///   - frames: the frames of each entry.
  ///   - room: bytes that the rows may take; more is refused before anything is read.
  func read(
    frames: [Int], framesKey: String, room: Int = MotionLimits.mostBytes
  ) throws -> Rows {
    let writer = FrameStore.Writer(width: width)
    var first = 0
    var largest: Float = 0
    var gap: Gap?
    var isConstant = false
    for entry in arrays.entries.indices {
      let shape = try shape(entry)
      let wanted = frames.indices.contains(entry) ? frames[entry] : 0
      guard let (rows, fileWidth) = try split(shape, frames: wanted) else {
        throw unexpected(shape, frames: wanted)
      }
      guard rows == wanted || rows == 1 else {
        throw arrays.error(
          "the array's number of frames contradicts `\(framesKey)`", key: key,
          expected: "\(wanted) frames", found: "\(rows) (\(text(shape)))")
      }
      let rest = room - first.clampedProduct(4 * width)
      guard wanted.clampedProduct(4 * max(width, fileWidth)) <= rest else {
        throw arrays.error(
          "the motion is too long, or its file unfolds too far", key: key,
          expected: "at most \(room >> 20) MB of frames from this file",
          found: "\(wanted) x \(fileWidth) numbers",
          hint: "cut the recording into pieces")
      }
      isConstant = rows != wanted && arrays.entries.count == 1
      let size = try append(
        entry: entry, rows: rows, copies: isConstant || rows == wanted ? 1 : wanted,
        fileWidth: fileWidth, first: first, gap: &gap, to: writer)
      largest = max(largest, size)
      first += wanted
    }
    guard let store = try writer.finish(), store.count == (isConstant ? 1 : first) else {
      throw arrays.error("the array ends within a frame", key: key)
    }
    if gap != nil, gap?.count == store.count {
      throw gap?.error(arrays, rate: 1, frameCount: first) ?? unexpected([], frames: nil)
    }
    return Rows(store: store, largest: largest, gap: gap)
  }

  private func text(_ shape: [Int]) -> String {
    shape.isEmpty ? "a single value" : shape.map(String.init).joined(separator: " x ")
  }
}
