/// The axes of a body out of the places of its joints.
import Compute
import Foundation

/// What the trunk's joints say of up and left, in any axes.
struct BodyAxes {
  /// From hip to hip, to the person's left.
  let left: SIMD3<Double>
  /// From between the hips to the neck or head.
  let up: SIMD3<Double>
  /// From shoulder to shoulder, to the left; `left` where the file has no arms.
  let shoulders: SIMD3<Double>

  init(_ pose: BVHPose, _ map: SkeletonMap) {
    func place(_ joints: Int...) -> SIMD3<Double>? {
      joints.lazy.compactMap { map.joints[$0] }.first.map { pose.positions[$0] }
    }
    let (l, r) = (place(1) ?? .zero, place(2) ?? .zero)
    let hips = (l + r) / 2
    let shoulders = (place(16, 13), place(17, 14))
    var top = place(12, 15)
    if top == nil, let a = shoulders.0, let b = shoulders.1 { top = (a + b) / 2 }
    left = l - r
    up = (top ?? map.spine.last.map { pose.positions[$0] } ?? hips) - hips
    if let a = shoulders.0, let b = shoulders.1 {
      self.shoulders = a - b
    } else {
      self.shoulders = left
    }
  }

  /// The rotation from a body's axes (x left, y up, z forward) to those of the pose, by `left` (or
  /// `shoulders`) and, less surely, `up`; nil where they have no plane.
  func frame(across: SIMD3<Double>) -> RotationMatrix? { RotationMatrix(first: across, second: up) }

  /// As `frame(across: left)` for a zero pose, whose directions are meant to be axes of the file: spines
  /// lean a little, hips lie a little askew.
  var restFrame: RotationMatrix? {
    let up = Self.axis(near: up, degrees: 25) ?? up.normalized
    let level = (left - left.dot(up) * up).normalized
    let across = Self.axis(near: level, degrees: 8) ?? level
    guard abs(across.dot(up)) < 1e-3 else { return frame(across: left) }
    return RotationMatrix(first: across, second: up)
  }

  /// The signed axis within `degrees` of a direction.
  private static func axis(near v: SIMD3<Double>, degrees: Double) -> SIMD3<Double>? {
    let direction = v.normalized
    let largest = [0, 1, 2].max { abs(v[$0]) < abs(v[$1]) } ?? 0
    guard abs(direction[largest]) >= cos(degrees * .pi / 180) else { return nil }
    var axis = SIMD3<Double>.zero
    axis[largest] = v[largest] < 0 ? -1 : 1
    return axis
  }
}

extension RotationMatrix {
  /// The rotation nearest to a sum of rotations (the mean of orientations); nil if they cancel.
  static func mean(_ rotations: [RotationMatrix]) -> RotationMatrix? {
    // Quaternions of one half: the eigenvector by power iteration on their outer products.
    guard let first = rotations.first.map(UnitQuaternion.init) else { return nil }
    var mean = SIMD4(first.v, first.w)
    let all = rotations.map { rotation -> SIMD4<Double> in
      let q = UnitQuaternion(rotation)
      return SIMD4(q.v, q.w)
    }
    for _ in 0..<50 {
      var next = SIMD4<Double>.zero
      for q in all { next += (q * mean).sum() * q }
      let length = (next * next).sum().squareRoot()
      guard length > 0 else { return nil }
      next /= length
      let change = next - mean
      mean = next
      if (change * change).sum() < 1e-24 { break }
    }
    return RotationMatrix(UnitQuaternion(w: mean.w, v: SIMD3(mean.x, mean.y, mean.z)))
  }
}
