import Compute

/// The points of a body that a fit follows, and where each landmark is among them.
struct FitPointList {
  private(set) var points: [FollowedPoint] = []
  /// Numbers of `points` by body landmark; nil for those that are not used.
  private(set) var landmarks = [Int?](repeating: nil, count: LandmarkTable.count)
  /// By joint, without offsets.
  private(set) var joints: [Int] = []
  /// Left and right, on the surface; none for a body without such vertices.
  private(set) var heels: [Int] = []
  private(set) var toes: [Int] = []
  /// 21 each, or none for a body without finger tips.
  private(set) var leftHand: [Int] = []
  private(set) var rightHand: [Int] = []
  /// 51, or none for a body without them.
  private(set) var face: [Int] = []

  init(_ body: BodyModel, offsets: LandmarkOffsets) {
    let dominant = body.dominantJoints()
    func place(_ place: LandmarkTable.Place) -> (base: FollowedPoint.Base, joint: Int)? {
      switch place {
      case .joint(let joint): return (.joint(joint), joint)
      case .vertexJoint(let number):
        guard body.vertexJointIDs.indices.contains(number) else { return nil }
        let vertex = body.vertexJointIDs[number]
        return (.vertices([(vertex, 1)]), Int(dominant[vertex]))
      }
    }
    for entry in LandmarkTable.entries {
      guard let found = place(entry.place) else { continue }
      landmarks[entry.landmark] = points.count
      points.append(
        FollowedPoint(
          found.base, lever: SIMD3<Double>(offsets.body[entry.landmark]), leverJoint: found.joint))
    }
    for joint in 0..<22 {
      joints.append(points.count)
      points.append(FollowedPoint(.joint(joint)))
    }
    heels = append([.vertexJoint(7), .vertexJoint(10)].compactMap(place).map(\.base), 2)
    toes = append([.vertexJoint(5), .vertexJoint(8)].compactMap(place).map(\.base), 2)
    for isLeft in [true, false] {
      let places = LandmarkTable.hand(isLeft: isLeft).compactMap(place)
      let numbers = append(places.map(\.base), 21)
      if isLeft { leftHand = numbers } else { rightHand = numbers }
    }
    guard body.landmarks.count == LandmarkTable.face.count else { return }
    for point in body.landmarks {
      face.append(points.count)
      points.append(
        FollowedPoint(
          .vertices((0..<3).map { (Int(point.vertices[$0]), Double(point.weights[$0])) })))
    }
  }

  /// Numbers of points without offsets, which are followed from now on; none unless all are there.
  private mutating func append(_ bases: [FollowedPoint.Base], _ count: Int) -> [Int] {
    guard bases.count == count else { return [] }
    points += bases.map { FollowedPoint($0) }
    return Array(points.count - count..<points.count)
  }
}
