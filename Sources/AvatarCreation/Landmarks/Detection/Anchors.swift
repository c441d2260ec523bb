/// The places that a detector's boxes are told from.
enum Anchors {
  /// Centres in the order of the detector's outputs, 0 to 1 in each direction.
  ///
  /// - Parameters:
  ///   - size: pixels of the detector's input.
  ///   - strides: of its layers; neighbours of equal stride share their cells, with two anchors each.
  static func places(size: Int, strides: [Int]) -> [SIMD2<Float>] {
    var places: [SIMD2<Float>] = []
    var first = 0
    while first < strides.count {
      let layers = strides[first...].prefix { $0 == strides[first] }.count
      let cells = (size + strides[first] - 1) / strides[first]
      for row in 0..<cells {
        for column in 0..<cells {
          let place = (SIMD2(Float(column), Float(row)) + 0.5) / Float(cells)
          places += [SIMD2<Float>](repeating: place, count: 2 * layers)
        }
      }
      first += layers
    }
    return places
  }

  static let person = places(size: 224, strides: [8, 16, 32, 32, 32])
  static let face = places(size: 128, strides: [8, 16, 16, 16])
}
