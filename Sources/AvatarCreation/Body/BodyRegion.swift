import SMPLX

/// Hard parts of a body's surface.
enum BodyRegion: UInt8, Sendable {
  case body, neck, head, scalp, face, leftEye, rightEye, socket, mouth
  case leftHand, rightHand, leftFoot, rightFoot

  /// By the names of parts in body files that have them.
  init(partName: String) {
    self =
      switch partName {
      case "neck": .neck
      case "head": .head
      case "scalp": .scalp
      case "face": .face
      case "eye_left": .leftEye
      case "eye_right": .rightEye
      case "eye_socket": .socket
      case "mouth_inside": .mouth
      case "hand_left": .leftHand
      case "hand_right": .rightHand
      case "foot_left": .leftFoot
      case "foot_right": .rightFoot
      default: .body
      }
  }

  /// Of the head, eyes and the inside of the mouth included.
  var isHead: Bool {
    switch self {
    case .head, .scalp, .face, .leftEye, .rightEye, .socket, .mouth: true
    default: false
    }
  }
}

extension BodyRegion {
  /// The region of each vertex: named parts of the file, or what joints and places say.
  static func all(of body: ShapedBody) -> [BodyRegion] {
    let model = body.model
    if let parts = model.parts {
      let named = model.partNames.map { BodyRegion(partName: $0) }
      return parts.map { named.indices.contains(Int($0)) ? named[Int($0)] : .body }
    }
    let vertices = body.restVertices
    let joints = model.dominantJoints()
    let eyes = (body.restJoints[23] + body.restJoints[24]) / 2
    let head = body.restJoints[15]
    return joints.enumerated().map { vertex, joint in
      switch joint {
      case 12: return .neck
      case 15, 22:
        let place = vertices[vertex]
        // Above a plane from the hairline over the brow down to the nape.
        let line = eyes.y + 0.065 - 0.5 * max(0, eyes.z - place.z)
        if place.y > line { return .scalp }
        return place.z > head.z + 0.02 ? .face : .head
      case 23: return .leftEye
      case 24: return .rightEye
      case 20, 25..<40: return .leftHand
      case 21, 40..<55: return .rightHand
      case 7, 10: return .leftFoot
      case 8, 11: return .rightFoot
      default: return .body
      }
    }
  }
}
