/// A point of the plane on a fine lattice: integers, so that which side of a line or circle it is on is
/// decided exactly.
///
/// Coordinates are below 2^28 in size.
struct LatticePoint: Equatable, Sendable {
  var x: Int
  var y: Int

  /// The greatest coordinate for which products of four differences fit 128 bits.
  static let greatest = 1 << 28

  /// Twice the area of a triangle, above 0 where its corners are counter-clockwise with y upwards.
  @inline(__always)
  static func area(_ a: LatticePoint, _ b: LatticePoint, _ c: LatticePoint) -> Int {
    (b.x &- a.x) &* (c.y &- a.y) &- (b.y &- a.y) &* (c.x &- a.x)
  }

  /// Where `d` lies to the circle of a counter-clockwise triangle: inside above 0, on it 0.
  static func placeToCircle(
    _ a: LatticePoint, _ b: LatticePoint, _ c: LatticePoint, _ d: LatticePoint
  ) -> Int {
    let (ax, ay) = (a.x &- d.x, a.y &- d.y)
    let (bx, by) = (b.x &- d.x, b.y &- d.y)
    let (cx, cy) = (c.x &- d.x, c.y &- d.y)
    let (first, second, third) = (bx &* cy &- by &* cx, cx &* ay &- cy &* ax, ax &* by &- ay &* bx)
    let (aa, bb, cc) = (ax &* ax &+ ay &* ay, bx &* bx &+ by &* by, cx &* cx &+ cy &* cy)
    let products = SIMD3(
      Double(aa) * Double(first), Double(bb) * Double(second), Double(cc) * Double(third))
    let sum = products.x + products.y + products.z
    // Each product is within three roundings of its value, and so is their sum.
    let bound = (abs(products.x) + abs(products.y) + abs(products.z)) * 1e-15
    if abs(sum) > bound { return sum > 0 ? 1 : -1 }
    let exact =
      Int128(aa) * Int128(first) + Int128(bb) * Int128(second) + Int128(cc) * Int128(third)
    return Int(exact.signum())
  }
}
