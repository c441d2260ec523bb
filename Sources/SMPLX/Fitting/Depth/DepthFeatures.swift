import Compute

/// What the depth network reads: all landmarks of a person as one side of the body sees them.
///
/// Bones by the world points and in the picture, in metres; what the hand network says of either hand;
/// visibilities. The right side reads the mirror image, so that one network serves both.
struct DepthFeatures {
  let landmarks: PersonLandmarks
  /// World points in the axes of the camera.
  let world: [SIMD3<Double>]
  /// Pixels a metre at the person, by the landmarks in the picture and the world points.
  private let scale: Double

  /// Body landmarks that are read; eyes and mouth say nothing of the body.
  private static let used = [0, 7, 8] + Array(11...32)

  /// In the order of the features; named as the left side sees them.
  private static let bones: [(from: Int, to: Int)] = [
    (23, 11), (24, 12), (11, 12), (23, 24), (11, 13), (13, 15), (15, 19), (15, 17), (15, 21),
    (12, 14), (14, 16), (16, 20), (23, 25), (25, 27), (27, 29), (29, 31), (24, 26), (26, 28),
    (28, 30), (30, 32), (11, 7), (12, 8), (7, 8), (7, 0), (23, 15), (24, 16),
  ]
  private static let visibilities = [13, 15, 14, 16, 27, 28]
  /// A hand: whether it was found, its direction and its palm's in space, its size against the body's, its
  /// length and breadth in the picture.
  private static let handWidth = 12
  static let count = 5 * bones.count + 2 * handWidth + visibilities.count

  init(_ landmarks: PersonLandmarks, world: [SIMD3<Double>]) {
    self.landmarks = landmarks
    self.world = world
    scale = Self.scale(
      Self.used.map { landmarks.body[$0].position.flat }, Self.used.map { world[$0].flat })
  }

  func of(isLeft: Bool) -> [Double] {
    let mirror = SIMD3<Double>(isLeft ? 1 : -1, 1, 1)
    func number(_ landmark: Int) -> Int { isLeft ? landmark : LandmarkTable.twin(landmark) }
    func seen(_ landmark: Int) -> SIMD2<Double> {
      landmarks.body[number(landmark)].position.flat
    }
    var features: [Double] = []
    features.reserveCapacity(Self.count)
    for (from, to) in Self.bones {
      let bone = mirror * (world[number(to)] - world[number(from)])
      let flat = mirror.flat * (seen(to) - seen(from)) / scale
      features += [bone.x, bone.y, bone.z, flat.x, flat.y]
    }
    let (left, right) = (landmarks.leftHand, landmarks.rightHand)
    for hand in isLeft ? [left, right] : [right, left] {
      features += hand.map { self.hand($0, mirror) } ?? Self.noHand
    }
    return features
      + Self.visibilities.map { Double(landmarks.body[number($0)].visibility) }
  }

  private static let noHand = [Double](repeating: 0, count: handWidth)

  private func hand(_ hand: PersonLandmarks.Hand, _ mirror: SIMD3<Double>) -> [Double] {
    guard hand.points.count == 21, hand.world.count == 21, hand.confidence > 0.5 else {
      return Self.noHand
    }
    let space = hand.world.map { mirror * SIMD3<Double>($0) }
    let flat = hand.points.map { mirror.flat * $0.flat / scale }
    let along = (space[9] - space[0]).normalized
    let palm = (space[5] - space[0]).cross(space[17] - space[0]).normalized
    let size = Self.spread(flat) / max(Self.spread(space.map(\.flat)), 1e-6)
    let (length, breadth) = (flat[9] - flat[0], flat[5] - flat[17])
    return [1] + [along.x, along.y, along.z, palm.x, palm.y, palm.z, size - 1]
      + [length.x, length.y, breadth.x, breadth.y]
  }

  /// Root of the sum of squared distances from the middle.
  private static func spread(_ points: [SIMD2<Double>]) -> Double {
    let middle = points.reduce(.zero, +) / Double(points.count)
    return points.reduce(0) { $0 + (($1 - middle) * ($1 - middle)).sum() }.squareRoot()
  }

  /// The factor that takes `b` nearest to `a`, both about their middles; 1 where `b` is one point.
  private static func scale(_ a: [SIMD2<Double>], _ b: [SIMD2<Double>]) -> Double {
    let count = Double(a.count)
    let (middleA, middleB) = (a.reduce(.zero, +) / count, b.reduce(.zero, +) / count)
    var (product, square) = (0.0, 0.0)
    for (p, q) in zip(a, b) {
      product += ((p - middleA) * (q - middleB)).sum()
      square += ((q - middleB) * (q - middleB)).sum()
    }
    let scale = product / square
    return scale.isFinite && scale > 1e-6 ? scale : 1
  }
}

extension SIMD3<Double> {
  fileprivate var flat: SIMD2<Double> { SIMD2(x, y) }
}

extension SIMD3<Float> {
  fileprivate var flat: SIMD2<Double> { SIMD2(Double(x), Double(y)) }
}
