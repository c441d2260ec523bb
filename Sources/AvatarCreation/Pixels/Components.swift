/// Connected sets of pixels.
enum Components {
  /// The largest set of pixels that hang together by their sides; of equal ones the first in reading order.
  ///
  /// - Parameter inside: (height, width).
  static func largest(_ inside: [Bool], width: Int, height: Int) -> [Bool] {
    precondition(inside.count == width * height)
    var labels = [Int32](repeating: 0, count: inside.count)
    var waiting: [Int] = []
    var (label, best, most) = (Int32(0), Int32(0), 0)
    for start in inside.indices where inside[start] && labels[start] == 0 {
      label += 1
      labels[start] = label
      waiting.append(start)
      var count = 0
      while let pixel = waiting.popLast() {
        count += 1
        let x = pixel % width
        func visit(_ next: Int) {
          if inside[next], labels[next] == 0 {
            labels[next] = label
            waiting.append(next)
          }
        }
        if x > 0 { visit(pixel - 1) }
        if x + 1 < width { visit(pixel + 1) }
        if pixel >= width { visit(pixel - width) }
        if pixel + width < inside.count { visit(pixel + width) }
      }
      if count > most { (best, most) = (label, count) }
    }
    return labels.map { $0 == best && best > 0 }
  }
}
