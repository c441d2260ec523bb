import SMPLX

/// Which part of a person each vertex of a body belongs to, as far as clothes care.
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
    let joints = body.model.dominantJoints()
    let found = BodyRegion.all(of: body)
    let isEar = Ears(body, found).isEar
    regions = found.enumerated().map { vertex, region in
      switch region {
      case .neck: return .neck
      case .scalp: return .head
      case .face: return .face
      case .leftEye, .rightEye, .socket, .mouth: return .inner
      case .leftHand, .rightHand: return .hand
      case .leftFoot, .rightFoot: return .foot
      case .head: return isEar[vertex] ? .ear : .head
      case .body:
        switch joints[vertex] {
        case 1, 2, 4, 5: return .leg
        case 16...19: return .arm
        default: return .trunk
        }
      }
    }
  }
}
