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
  init(_ matte: Matte) throws {
    guard let extent = Self.extent(matte) else {
      throw ProgramError(
        .dataError, "the mask leaves nothing of the person", expected: "some coverage over 0.5",
        found: "none", hint: "give another mask, or let the person be found")
    }
    let scale = min(1, Self.mostRows / Double(extent.count))
    self.scale = scale
    let width = max(1, Int(saturating: Double(matte.width) * scale))
    let height = max(1, Int(saturating: Double(matte.height) * scale))
    self.width = width
    self.height = height
    var inside = Self.shrink(matte, width: width, height: height).map { $0 > 0.5 }
    keepLargestPiece(&inside, width: width, height: height)
    isPerson = inside
    guard let first = inside.firstIndex(of: true), let last = inside.lastIndex(of: true) else {
      throw ProgramError(
        .dataError, "the mask leaves nothing of the person", expected: "a person",
        found: "specks", hint: "give another mask, or let the person be found")
    }
    rows = first / width...last / width
  }

  /// Height of the person in pixels of the picture.
  var size: Double { Double(rows.count) / scale }

  private static func extent(_ matte: Matte) -> ClosedRange<Int>? {
    guard matte.width > 0, let first = matte.coverage.firstIndex(where: { $0 > 0.5 }),
      let last = matte.coverage.lastIndex(where: { $0 > 0.5 })
    else { return nil }
    return first / matte.width...last / matte.width
  }

  /// Means over the picture's pixels under each pixel.
  private static func shrink(_ matte: Matte, width: Int, height: Int) -> [Float] {
    if width == matte.width && height == matte.height { return matte.coverage }
    func edges(_ count: Int, _ full: Int) -> [Int] {
      (0...count).map { $0 * full / count }
    }
    let (columns, rows) = (edges(width, matte.width), edges(height, matte.height))
    var result = [Float](repeating: 0, count: width * height)
    matte.coverage.withUnsafeBufferPointer { coverage in
      for y in 0..<height {
        for x in 0..<width {
          var sum: Float = 0
          for row in rows[y]..<max(rows[y] + 1, rows[y + 1]) {
            for column in columns[x]..<max(columns[x] + 1, columns[x + 1]) {
              sum += coverage[row * matte.width + column]
            }
          }
          let area =
            max(1, rows[y + 1] - rows[y]) * max(1, columns[x + 1] - columns[x])
          result[y * width + x] = sum / Float(area)
        }
      }
    }
    return result
  }
}

/// Clears all but the largest piece that hangs together along edges.
func keepLargestPiece(_ inside: inout [Bool], width: Int, height: Int) {
  var label = [Int32](repeating: 0, count: inside.count)
  var stack: [Int] = []
  var (next, best, bestCount): (Int32, Int32, Int) = (0, 0, 0)
  for seed in inside.indices where inside[seed] && label[seed] == 0 {
    next += 1
    var count = 0
    label[seed] = next
    stack.append(seed)
    while let pixel = stack.popLast() {
      count += 1
      let (x, y) = (pixel % width, pixel / width)
      func visit(_ neighbour: Int) {
        guard inside[neighbour], label[neighbour] == 0 else { return }
        label[neighbour] = next
        stack.append(neighbour)
      }
      if x > 0 { visit(pixel - 1) }
      if x + 1 < width { visit(pixel + 1) }
      if y > 0 { visit(pixel - width) }
      if y + 1 < height { visit(pixel + width) }
    }
    if count > bestCount { (best, bestCount) = (next, count) }
  }
  for pixel in inside.indices { inside[pixel] = inside[pixel] && label[pixel] == best }
}
