import Compute

/// The region of a person in a picture at the size that fitting works at: its largest connected piece.
struct PersonShape: Sendable {
  let width: Int
  let height: Int
  /// Pixels of the region per pixel of the picture, at most 1.
  let scale: Double
  /// (height, width).
  let isPerson: [Bool]
  /// The first and last row of the person.
  let rows: ClosedRange<Int>

  /// Rows of a person at most: finer pixels than this tell a fit nothing.
  static let mostRows = 640.0

  /// - Throws: `ProgramError` for a mask in which no person is left.
  init(_ matte: Matte, pool: WorkerPool) throws {
    let all = matte.coverage.map { $0 > 0.5 }
    guard let extent = PixelBox(around: all, width: matte.width, height: matte.height) else {
      throw Self.nobody("nothing")
    }
    scale = min(1, Self.mostRows / Double(extent.height))
    width = max(1, Int(saturating: Double(matte.width) * scale))
    height = max(1, Int(saturating: Double(matte.height) * scale))
    let small = matte.resized(width: width, height: height, pool: pool)
    isPerson = Components.largest(
      small.coverage.map { $0 > 0.5 }, width: width, height: height)
    guard let box = PixelBox(around: isPerson, width: width, height: height) else {
      throw Self.nobody("specks")
    }
    rows = box.top...box.top + box.height - 1
  }

  private static func nobody(_ found: String) -> ProgramError {
    ProgramError(
      .dataError, "the mask leaves nothing of the person", expected: "a person", found: found,
      hint: "give another mask, or let the person be found")
  }

  /// Height of the person in pixels of the picture.
  var size: Double { Double(rows.count) / scale }
}
