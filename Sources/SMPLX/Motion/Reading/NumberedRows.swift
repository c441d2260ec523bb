import Compute
import TensorFiles

/// Arrays of one person that say which frame of a video each row is of, and of which some are missing: trackers
/// lose people for a while.
///
/// Sources: VIBE's and WHAM's `frame_ids`, TRAM's `frame`.
struct NumberedRows {
  /// The arrays with the row before where one is missing, as long as that is the rule's exception.
  let arrays: any NamedArrays
  let notice: String

  private static let keys = ["frame_ids", "frame_id", "frame"]

  /// nil for a group that numbers no rows, or misses none.
  init?(_ group: any NamedArrays) {
    guard let count = ParameterRows.frames(group), count > 1,
      let key = Self.keys.first(where: { key in
        (try? group.header(key).shape.reduce(1) { $0.clampedProduct(max(0, $1)) }) == count
      }),
      let header = try? group.header(key), header.scalarType.isReal,
      let ids = try? group.tensor(key).doubles(), ids.count == count,
      let numbers = FrameNumbers(ids.map { Int(saturating: $0) }), numbers.total > 0
    else { return nil }
    notice = FrameRun.words(numbers, holds: numbers.areFew)
    arrays = numbers.areFew ? RowArrays(group, rows: numbers.held, of: count) : group
  }
}
