import Compute

/// Extents and positions of C-ordered arrays, for shape inference and the references.
enum Indexing {
  /// Elements of a shape; nil where an extent or their product is beyond what graphs hold.
  static func count(_ shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      guard (0...Graph.largestExtent).contains(extent) else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Graph.mostElements else { return nil }
      count = product
    }
    return count
  }

  /// Elements between neighbours along each axis.
  static func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// Calls `body` with every position of a shape in C order and its index.
  static func forEach(_ shape: [Int], _ body: (_ position: [Int], _ index: Int) -> Void) {
    let count = shape.reduce(1, *)
    var position = [Int](repeating: 0, count: shape.count)
    for index in 0..<count {
      body(position, index)
      var axis = shape.count - 1
      while axis >= 0 {
        position[axis] += 1
        if position[axis] < shape[axis] { break }
        position[axis] = 0
        axis -= 1
      }
    }
  }

  /// Sum of position times stride.
  static func offset(_ position: [Int], _ strides: [Int]) -> Int {
    zip(position, strides).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The shape that both shapes stretch to: axes align at the end, extents are equal or one is 1.
  static func broadcast(_ one: [Int], _ other: [Int]) -> [Int]? {
    let rank = max(one.count, other.count)
    let left = [Int](repeating: 1, count: rank - one.count) + one
    let right = [Int](repeating: 1, count: rank - other.count) + other
    var shape: [Int] = []
    for (a, b) in zip(left, right) {
      guard a == b || a == 1 || b == 1 else { return nil }
      shape.append(a == 1 ? b : a)
    }
    return shape
  }

  /// Strides over `target` of a shape that stretches to it: 0 along stretched axes.
  static func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int] {
    let missing = target.count - shape.count
    let own = strides(shape)
    return target.indices.map { axis in
      axis < missing || shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
  }
}

extension Tensor {
  /// A tensor whose element at each position is `body(position)`.
  init(shape: [Int], _ body: (_ position: [Int]) -> Float) {
    self.init(shape: shape) { buffer in
      Indexing.forEach(shape) { position, index in buffer[index] = body(position) }
    }
  }

  /// Splits the shape around one axis: the extents before it, its own, and after it.
  static func split(_ shape: [Int], at axis: Int) -> (outer: Int, extent: Int, inner: Int) {
    (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
  }
}
