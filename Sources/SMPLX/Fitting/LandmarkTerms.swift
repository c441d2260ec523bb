import Compute
import Foundation

/// The residual terms that a person's landmarks give.
struct LandmarkTerms {
  let model: FitModel
  let points: FitPointList
  let landmarks: PersonLandmarks
  let camera: FitCamera
  /// Of the person in the picture, pixels.
  let size: Double
  /// World points turned from the axes of the person's crop to those of the camera.
  let world: [SIMD3<Double>]
  let depths: BoneDepths

  init(
    model: FitModel, points: FitPointList, landmarks: PersonLandmarks, camera: FitCamera,
    size: Double, depth: DepthNetwork
  ) {
    self.model = model
    self.points = points
    self.landmarks = landmarks
    self.camera = camera
    self.size = size
    world = landmarks.world(before: camera)
    depths = BoneDepths(depth, DepthFeatures(landmarks, world: world))
  }

  func visibility(_ landmark: Int) -> Double {
    min(max(Double(landmarks.body[landmark].visibility), 0), 1)
  }

  /// Body landmarks in the picture.
  func projection() -> ProjectionTerm {
    let targets = LandmarkTable.entries.compactMap { entry -> ProjectionTerm.Target? in
      guard let point = points.landmarks[entry.landmark] else { return nil }
      let position = landmarks.body[entry.landmark].position
      return ProjectionTerm.Target(
        point: point, position: SIMD2(Double(position.x), Double(position.y)),
        weight: entry.weight * visibility(entry.landmark))
    }
    return ProjectionTerm(targets: targets, camera: camera, sigma: 0.006 * size)
  }

  /// Of a bone's share of depth: landmarks are no better than that.
  private static let leastDeviation = 0.05

  /// Directions of bones: across the view by the world points, in depth by the depth network.
  func directions() -> DirectionTerm {
    let bones = depths.bones.compactMap { bone -> DirectionTerm.Bone? in
      guard let from = points.landmarks[bone.from], let to = points.landmarks[bone.to] else {
        return nil
      }
      let weight = min(visibility(bone.from), visibility(bone.to))
      let flat = 0.2 / max(weight, 0.05)
      return DirectionTerm.Bone(
        from: from, to: to,
        direction: (world[bone.to] - world[bone.from]).normalized.tilted(bone.share.value),
        sigma: SIMD3(flat, flat, max(bone.share.deviation, Self.leastDeviation)), weight: 1)
    }
    return DirectionTerm(bones: bones)
  }

  /// Whether a hand's landmarks are good enough to be used.
  private func isUsable(_ hand: PersonLandmarks.Hand, isLeft: Bool) -> Bool {
    hand.points.count == 21 && hand.world.count == 21 && hand.confidence > 0.6
      && (isLeft ? points.leftHand : points.rightHand).count == 21
      && visibility(isLeft ? 15 : 16) > 0.5
  }

  /// Directions of a hand's bones.
  func directions(of hand: PersonLandmarks.Hand, isLeft: Bool) -> [any FitTerm] {
    guard isUsable(hand, isLeft: isLeft) else { return [] }
    let numbers = isLeft ? points.leftHand : points.rightHand
    let bones = LandmarkTable.handBones.map { from, to in
      DirectionTerm.Bone(
        from: numbers[from], to: numbers[to],
        direction: SIMD3<Double>(hand.world[to] - hand.world[from]).normalized,
        sigma: SIMD3(repeating: 0.35), weight: 0.5)
    }
    return [DirectionTerm(bones: bones)]
  }

  /// A hand's landmarks in the picture.
  func projection(of hand: PersonLandmarks.Hand, isLeft: Bool) -> [any FitTerm] {
    guard isUsable(hand, isLeft: isLeft) else { return [] }
    let numbers = isLeft ? points.leftHand : points.rightHand
    func flat(_ p: SIMD3<Float>) -> SIMD2<Double> { SIMD2(Double(p.x), Double(p.y)) }
    let across = flat(hand.points[0]) - flat(hand.points[9])
    let palm = max(0.008 * size, (across * across).sum().squareRoot())
    let targets = zip(numbers, hand.points).map {
      ProjectionTerm.Target(point: $0, position: flat($1), weight: 0.5)
    }
    return [ProjectionTerm(targets: targets, camera: camera, sigma: 0.12 * palm)]
  }

  /// The face's landmarks in the picture.
  func face(_ face: PersonLandmarks.Face) -> [any FitTerm] {
    guard face.confidence > 0.5, !points.face.isEmpty, face.points.count == 468 else { return [] }
    let rows = face.points.map { Double($0.y) }
    guard let top = rows.min(), let bottom = rows.max(), bottom > top else { return [] }
    let targets = zip(points.face, LandmarkTable.face).map { number, mesh in
      ProjectionTerm.Target(
        point: number,
        position: SIMD2(Double(face.points[mesh].x), Double(face.points[mesh].y)), weight: 0.3)
    }
    return [ProjectionTerm(targets: targets, camera: camera, sigma: 0.04 * (bottom - top))]
  }
}

extension PersonLandmarks {
  /// World points turned from the axes of the person's crop to those of a camera: the network sees a crop
  /// and takes its middle for straight ahead.
  func world(before camera: FitCamera) -> [SIMD3<Double>] {
    let middle = SIMD3<Double>((body[23].position + body[24].position) / 2)
    let ray = SIMD3(
      (middle.x - camera.principalPoint.x) / camera.focalLength,
      (middle.y - camera.principalPoint.y) / camera.focalLength, 1)
    let turn = shortestTurn(SIMD3(0, 0, 1), ray.normalized)
    return world.map { turn * SIMD3<Double>($0) }
  }
}

/// The rotation by the least angle that takes a unit vector to another.
func shortestTurn(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> RotationMatrix {
  let axis = a.cross(b)
  let sine = axis.length
  guard sine > 1e-12 else { return .identity }
  return RotationMatrix(axisAngle: axis * (atan2(sine, a.dot(b)) / sine))
}

extension SIMD3<Double> {
  /// A unit vector of the same direction across the view with `share` of its length in depth.
  fileprivate func tilted(_ share: Double) -> SIMD3<Double> {
    let z = Swift.min(Swift.max(share, -0.98), 0.98)
    let level = Swift.max(1e-6, 1 - self.z * self.z).squareRoot()
    let factor = (1 - z * z).squareRoot() / level
    return SIMD3(factor * x, factor * y, z)
  }
}
