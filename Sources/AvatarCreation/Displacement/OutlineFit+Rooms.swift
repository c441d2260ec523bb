import SMPLX

/// How far each part of a body may go, and how willingly.
extension OutlineFit {
  /// Metres that a shoe's surface may go out and in: where it is seen elsewhere the foot is, and moved by so
  /// much its form would go.
  static let roomOfShoes: Float = 0.006
  /// How little a shoe wants to change its form.
  static let shoeReluctance = 0.02

  /// Metres that arms may go out where they meet hands, and how much more for each metre away: hands keep
  /// their form, and an arm that goes out as far as a palm that it is seen before would end in a bell.
  static let roomAtHands: Float = 0.004
  static let roomSlope: Float = 0.15

  static func roomBesideHands(
    _ regions: SurfaceRegions, _ rest: PlanarVertices
  ) -> [Float] {
    let all = regions.regions.indices
    let hands = all.filter { regions[$0] == .hand }.map { rest[$0] }
    return all.map { vertex in
      guard regions[vertex] == .arm else { return .infinity }
      let nearest = hands.reduce(Float.infinity) { min($0, ($1 - rest[vertex]).length) }
      return roomAtHands + roomSlope * nearest
    }
  }

  /// How little a place wants to move.
  static func reluctance(_ region: SurfaceRegions.Region) -> Double {
    switch region {
    case .trunk, .arm, .leg, .foot, .head: 0.001
    case .neck: 0.05
    case .face: 0.3
    case .hand: 3
    case .ear: 6
    case .inner: 30
    }
  }

  static func mayMove(_ region: SurfaceRegions.Region) -> Bool {
    switch region {
    case .hand, .ear, .inner: false
    default: true
    }
  }
}
