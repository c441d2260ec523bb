import SMPLX

/// Which part of a person each vertex of a body belongs to, as far as clothes care; from the body file's own
/// parts, or from joints and landmarks where it has none.
struct SurfaceRegions {
  enum Region: UInt8 {
    case trunk, arm, leg, hand, foot, neck, head, face, ear
    /// Eyes, their sockets and the inside of the mouth: nothing that an outline shows.
    case inner
  }

  let regions: [Region]

  subscript(vertex: Int) -> Region { regions[vertex] }

  /// - Parameter body: in its rest pose.
  init(_ body: ShapedBody) {
    let model = body.model
    let names = model.parts.map { parts in
      parts.map { Int($0) < model.partNames.count ? model.partNames[Int($0)] : "" }
    }
    let joints = model.dominantJoints()
    let head = body.restJoints.count > 15 ? body.restJoints[15] : .zero
    let rest = body.restVertices
    let front = model.landmarks.first.map { rest[Int($0.vertices.x)].z } ?? .infinity
    regions = (0..<model.vertexCount).map { vertex in
      let joint = Int(joints[vertex])
      let own = names.flatMap { Self.region(part: $0[vertex]) }
      let region = own ?? Self.region(joint: joint)
      guard region == .head else { return region }
      let position = rest[vertex]
      // Ears stand out at the sides between chin and crown.
      if names == nil ? false : names?[vertex] == "head", abs(position.x - head.x) > 0.066,
        position.y > head.y + 0.02
      {
        return .ear
      }
      // Brows are the first landmark; a face begins a little behind them.
      if names == nil, position.z > front - 0.04, position.y < head.y + 0.12 { return .face }
      return .head
    }
  }

  private static func region(part name: String) -> Region? {
    switch name {
    case "head", "scalp": .head
    case "face": .face
    case "eye_left", "eye_right", "eye_socket", "mouth_inside": .inner
    case "neck": .neck
    case "torso", "pelvis": .trunk
    case _ where name.hasPrefix("upper_arm") || name.hasPrefix("lower_arm"): .arm
    case _ where name.hasPrefix("upper_leg") || name.hasPrefix("lower_leg"): .leg
    case _ where name.hasPrefix("hand"): .hand
    case _ where name.hasPrefix("foot"): .foot
    default: nil
    }
  }

  private static func region(joint: Int) -> Region {
    switch joint {
    case 1, 2, 4, 5: .leg
    case 7, 8, 10, 11: .foot
    case 12: .neck
    case 15, 22: .head
    case 16...19: .arm
    case 20, 21, 25...54: .hand
    case 23, 24: .inner
    default: .trunk
    }
  }
}
