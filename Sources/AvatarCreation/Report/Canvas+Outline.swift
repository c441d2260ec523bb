import Media

extension Canvas {
  /// The edge of a silhouette, drawn inside of it; the picture's border is no edge.
  ///
  /// - Parameters:
  ///   - inside: (height, width) of the canvas.
  ///   - thickness: pixels.
  mutating func outline(_ inside: [Bool], thickness: Int, color: Color) {
    precondition(inside.count == width * height)
    let core = Erosion.minimum(
      inside.map { $0 ? 1 : 0 }, width: width, height: height, reach: max(thickness, 1))
    for pixel in inside.indices where inside[pixel] && core[pixel] == 0 {
      blend(color, x: pixel % width, y: pixel / width, opacity: 1)
    }
  }

  /// What colours mean: names beside squares, on a light box in the lower left corner, below each other
  /// where one line is too short.
  mutating func legend(_ entries: [(name: String, color: Color)], scale: Int) {
    let (letter, gap) = (PixelFont.advance * scale, 4 * scale)
    let rowHeight = (PixelFont.height + 3) * scale
    let square = PixelFont.height * scale - scale
    let widths = entries.map { square + gap / 2 + $0.name.count * letter + gap }
    var rows: [[Int]] = []
    for index in entries.indices {
      let used = rows.last.map { $0.reduce(gap) { $0 + widths[$1] } } ?? .max
      if rows.isEmpty || used + widths[index] > width {
        rows.append([index])
      } else {
        rows[rows.count - 1].append(index)
      }
    }
    let boxWidth = rows.map { $0.reduce(gap) { $0 + widths[$1] } }.max() ?? 0
    let top = height - rows.count * rowHeight - gap / 2
    fill(x: 0..<boxWidth, y: top..<height, color: [255, 255, 255], opacity: 0.85)
    for (row, indices) in rows.enumerated() {
      var x = gap
      let y = top + row * rowHeight + gap / 2
      for index in indices {
        fill(x: x..<x + square, y: y..<y + square, color: entries[index].color, opacity: 1)
        text(
          entries[index].name, x: x + square + gap / 2, y: y, scale: scale, color: [30, 32, 38])
        x += widths[index]
      }
    }
  }

  private mutating func fill(x: Range<Int>, y: Range<Int>, color: Color, opacity: Float) {
    for row in y.clamped(to: 0..<height) {
      for column in x.clamped(to: 0..<width) { blend(color, x: column, y: row, opacity: opacity) }
    }
  }
}
