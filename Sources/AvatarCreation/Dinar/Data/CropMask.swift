/// Where a crop shows what the photo could have shown.
enum CropMask {
  /// Grown over the sides beyond which no vertex lies: there is nothing that the photo cut off.
  ///
  /// Matches: DINAR's `upd_cropmask`, in the order of its strips.
  ///
  /// - Parameters:
  ///   - mask: (side, side), 1 inside the photo.
  ///   - vertices: (n, 3) homogeneous pixel coordinates.
  static func grown(_ mask: [UInt8], side: Int, vertices: [Float]) -> [UInt8] {
    guard let box = CropBox(around: mask, width: side, height: side) else { return mask }
    var beyond = (left: false, top: false, right: false, bottom: false)
    for row in stride(from: 0, to: vertices.count, by: 3) {
      let x = vertices[row] / vertices[row + 2]
      let y = vertices[row + 1] / vertices[row + 2]
      beyond.left = beyond.left || x < Float(box.left)
      beyond.top = beyond.top || y < Float(box.top)
      beyond.right = beyond.right || x > Float(box.right)
      beyond.bottom = beyond.bottom || y > Float(box.bottom)
    }
    var result = mask
    func fill(_ rows: Range<Int>, _ columns: Range<Int>) {
      for y in rows { for x in columns { result[y * side + x] = 1 } }
    }
    let rows = (beyond.top ? box.top : 0)..<(beyond.bottom ? box.bottom + 1 : side)
    if !beyond.left { fill(rows, 0..<box.left) }
    if !beyond.right { fill(rows, box.right..<side) }
    if !beyond.top { fill(0..<box.top, box.left..<box.right + 1) }
    if !beyond.bottom { fill(box.bottom..<side, box.left..<box.right + 1) }
    return result
  }
}
