import Compute
import SMPLX

/// What part of the body fills the picture.
public enum CameraFocus: String, CaseIterable, Sendable {
  /// Everything.
  case full
  /// Above the pelvis, arms and hands included.
  case upper
  /// Head and neck.
  case head
  /// Both hands, from the wrists.
  case hands
  /// Both feet, from the ankles.
  case feet

  /// The joints of SMPL-X whose vertices it is; nil for all.
  var joints: Set<UInt8>? {
    switch self {
    case .full: nil
    // Spine, neck, collars, head, arms, jaw, eyes, fingers.
    case .upper: Set([3, 6, 9] + Array(12...54))
    // Neck, head, jaw, eyes.
    case .head: [12, 15, 22, 23, 24]
    case .hands: Set([20, 21] + Array(25...54))
    // Ankles, feet.
    case .feet: [7, 8, 10, 11]
    }
  }
}

/// The vertices that a camera frames, and where they are.
struct FramedVertices: Sendable {
  /// Vertex numbers; nil for all.
  private let vertices: [Int]?

  /// - Throws: `dataError` when no vertex of the body follows the joints of the part.
  init(_ focus: CameraFocus, of model: BodyModel) throws {
    guard let joints = focus.joints else {
      vertices = nil
      return
    }
    let dominant = model.dominantJoints()
    let found = dominant.indices.filter { joints.contains(dominant[$0]) }
    guard !found.isEmpty else {
      throw ProgramError(
        .dataError, "no vertex of the body belongs to its \(focus.rawValue)", file: model.path,
        key: "weights", expected: "skinning weights of joints \(joints.sorted())")
    }
    vertices = found
  }

  var isAll: Bool { vertices == nil }

  /// How far the framed vertices of a frame reach.
  func measure(
    _ framing: Framing, _ v: PlanarVertices, path: CameraPath, frame: Int
  ) -> Framing.Reach {
    guard let vertices else {
      return framing.measure(x: v.x, y: v.y, z: v.z, count: v.count, path: path, frame: frame)
    }
    let count = vertices.count
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * count) { scratch in
      guard let planes = scratch.baseAddress else { return Framing.Reach() }
      for (index, vertex) in vertices.enumerated() {
        planes[index] = v.x[vertex]
        planes[count + index] = v.y[vertex]
        planes[2 * count + index] = v.z[vertex]
      }
      return framing.measure(
        x: planes, y: planes + count, z: planes + 2 * count, count: count, path: path, frame: frame)
    }
  }

  /// The middle of the framed vertices' box, metres.
  func middle(_ v: PlanarVertices) -> SIMD3<Float> {
    func middle(_ plane: UnsafePointer<Float>) -> Float {
      var (low, high) = (Float.infinity, -Float.infinity)
      if let vertices {
        for vertex in vertices {
          low = min(low, plane[vertex])
          high = max(high, plane[vertex])
        }
      } else {
        for vertex in 0..<v.count {
          low = min(low, plane[vertex])
          high = max(high, plane[vertex])
        }
      }
      return (low + high) / 2
    }
    return [middle(v.x), middle(v.y), middle(v.z)]
  }
}
