import Media

/// A picture of the report with its title.
struct ReportPanel {
  let title: String
  let width: Int
  let height: Int
  let pictures: [Picture]

  init(title: String, picture: Picture) { self.init(title: title, pictures: [picture]) }

  /// Pictures below each other.
  init(title: String, pictures: [Picture]) {
    self.title = title
    self.pictures = pictures
    width = pictures.map(\.width).max() ?? 0
    height = pictures.map(\.height).reduce(0, +)
  }
}

/// Rows of panels and lines of text on one page.
struct ReportSheet {
  let rows: [[ReportPanel]]
  let sentences: [String]

  private static let gap = 10
  private static let titleHeight = 26
  private static let lineHeight = 26
  private static let scale = 2
  /// Pixels from one letter to the next.
  static var letterWidth: Int { PixelFont.advance * scale }

  func picture() throws -> Picture {
    let width =
      rows.map { row in row.reduce(Self.gap) { $0 + $1.width + Self.gap } }.max() ?? Self.gap
    let letters = max((width - 2 * Self.gap) / Self.letterWidth, 20)
    let lines = sentences.flatMap { Self.wrapped($0, to: letters) }
    let heights = rows.map { row in
      (row.map(\.height).max() ?? 0) + Self.gap
        + (row.contains { !$0.title.isEmpty } ? Self.titleHeight : 0)
    }
    let height =
      heights.reduce(Self.gap, +) + lines.count * Self.lineHeight + (lines.isEmpty ? 0 : Self.gap)
    var canvas = Canvas(width: width, height: height, color: [255, 255, 255])
    var y = Self.gap
    for (row, rowHeight) in zip(rows, heights) {
      var x = Self.gap
      let top = y + (row.contains { !$0.title.isEmpty } ? Self.titleHeight : 0)
      for panel in row {
        canvas.text(panel.title, x: x, y: y + 4, scale: Self.scale, color: [60, 64, 72])
        var below = top
        for picture in panel.pictures {
          canvas.draw(picture, x: x, y: below)
          below += picture.height
        }
        x += panel.width + Self.gap
      }
      y += rowHeight
    }
    for line in lines {
      canvas.text(line, x: Self.gap, y: y + 4, scale: Self.scale, color: [30, 32, 38])
      y += Self.lineHeight
    }
    return try canvas.picture()
  }

  /// Lines of at most so many letters, broken between words; later ones are indented.
  static func wrapped(_ text: String, to letters: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= letters {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(lines.isEmpty ? String(word) : "  \(word)")
      }
    }
    return lines
  }
}
