/// Connected sets of pixels.
enum Components {
  /// The largest set of pixels that hang together by their sides; of equal ones the first in reading order.
  ///
  /// - Parameter inside: (height, width).
  static func largest(_ inside: [Bool], width: Int, height: Int) -> [Bool] {
    var best: [Int] = []
    for component in all(inside, width: width, height: height) where component.count > best.count {
      best = component
    }
    var result = [Bool](repeating: false, count: inside.count)
    for pixel in best { result[pixel] = true }
    return result
  }

  /// The sets of pixels that hang together by their sides, by their first pixels in reading order.
  ///
  /// - Parameter inside: (height, width).
  /// - Returns: pixels of each set.
  static func all(_ inside: [Bool], width: Int, height: Int) -> [[Int]] {
    precondition(inside.count == width * height)
    var isOpen = inside
    var result: [[Int]] = []
    for start in inside.indices where isOpen[start] {
      var component = [start]
      isOpen[start] = false
      var next = 0
      while next < component.count {
        let pixel = component[next]
        next += 1
        let x = pixel % width
        func visit(_ other: Int) {
          guard isOpen[other] else { return }
          isOpen[other] = false
          component.append(other)
        }
        if x > 0 { visit(pixel - 1) }
        if x + 1 < width { visit(pixel + 1) }
        if pixel >= width { visit(pixel - width) }
        if pixel + width < inside.count { visit(pixel + width) }
      }
      result.append(component)
    }
    return result
  }
}
