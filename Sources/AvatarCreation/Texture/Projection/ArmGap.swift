import Compute

/// Distrust of trunk and legs close to an arm in the picture.
///
/// No fit places arms to the pixel: beside them lie their shadows, what they hold and the background in
/// the gap between arm and trunk.
enum ArmGap {
  /// Pixels of a person of 1000 that are distrusted, and how soft the border is.
  private static let reach: Float = 12
  private static let softness: Float = 3

  @inline(__always)
  static func armWeight(_ groups: SIMD16<Float>) -> Float {
    groups[BodyGroup.leftArm.rawValue] + groups[BodyGroup.rightArm.rawValue]
      + groups[BodyGroup.leftHand.rawValue] + groups[BodyGroup.rightHand.rawValue]
  }

  /// (height, width): 1 at the arms and near them.
  static func share(_ posed: PosedSurface, body: BodySurface, pool: WorkerPool) -> Plane<Float> {
    let count = posed.width * posed.height
    var isArm = [Bool](repeating: false, count: count)
    let (triangles, groups, faces) = (posed.triangles, body.groups, body.model.faces)
    for pixel in 0..<count where triangles[pixel] >= 0 {
      let vertex = Int(faces[3 * Int(triangles[pixel])])
      isArm[pixel] = armWeight(groups[vertex]) > 0.95
    }
    let (inner, outer) = (
      (reach - softness) * posed.unit, max((reach + softness) * posed.unit, 1)
    )
    let distances = DistanceTransform.plane(
      to: isArm, width: posed.width, height: posed.height, reach: outer + 1, pool: pool)
    pool.inChunks(count, of: 65536) { range in
      for pixel in range { distances[pixel] = smoothStep(distances[pixel], outer, inner) }
    }
    return distances
  }
}
