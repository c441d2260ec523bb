/// Writing motions as AMASS does.
import Compute
import TensorFiles

extension MotionRecording {
  /// Writes an AMASS SMPL-X archive: `poses` (N, 165) axis-angle, `trans` (N, 3) metres, `betas`,
  /// `gender`, `mocap_frame_rate`, `surface_model_type`; and `up_axis`, which AMASS itself does not
  /// have (it is Z up). Expressions are left out, as they are there.
  ///
  /// - Throws: `cannotCreate` where the file exists and may not be replaced.
  public func writeAMASS(to path: String, overwrite: Bool = false) throws {
    let widths = (3 * BodyPose.jointCount, 3)
    let poses = source(width: widths.0) { pose, row in
      for joint in 0..<BodyPose.jointCount {
        let rotation = pose.rotations[joint]
        (row[3 * joint], row[3 * joint + 1], row[3 * joint + 2]) = (
          rotation.x, rotation.y, rotation.z
        )
      }
    }
    let translations = source(width: widths.1) { pose, row in
      (row[0], row[1], row[2]) = (pose.translation.x, pose.translation.y, pose.translation.z)
    }
    let shape = betas.isEmpty ? [Float](repeating: 0, count: 10) : betas
    try NPZ.write(
      [
        ("surface_model_type", text("smplx")), ("gender", text(gender ?? "neutral")),
        ("mocap_frame_rate", ArraySource(TensorData(shape: [], doubles: [motion.fps]))),
        ("up_axis", text(up.rawValue)),
        ("betas", ArraySource(TensorData(shape: [shape.count], floats: shape))),
        ("trans", translations), ("poses", poses),
      ], to: path, overwrite: overwrite)
  }

  private func text(_ text: String) -> ArraySource {
    let scalars = text.unicodeScalars.prefix(200)
    let bytes = scalars.flatMap { scalar in
      (0..<4).map { UInt8(truncatingIfNeeded: scalar.value >> (8 * $0)) }
    }
    return ArraySource(
      TensorData(scalarType: .unicode(scalars.count), shape: [], bytes: bytes))
  }

  /// One row of floats a frame, some hundred frames at a time.
  private func source(
    width: Int, _ fill: @escaping @Sendable (BodyPose, UnsafeMutablePointer<Float>) -> Void
  ) -> ArraySource {
    ArraySource(ArrayHeader(scalarType: .float32, shape: [frameCount, width])) { body in
      let batch = 256
      var pose = BodyPose()
      var rows = [Float](repeating: 0, count: batch * width)
      for first in stride(from: 0, to: frameCount, by: batch) {
        let count = min(batch, frameCount - first)
        try rows.withUnsafeMutableBufferPointer { rows in
          guard let base = rows.baseAddress else { return }
          for index in 0..<count {
            try self.pose(first + index, into: &pose)
            fill(pose, base + index * width)
          }
        }
        try rows.withUnsafeBytes {
          try body(UnsafeRawBufferPointer(rebasing: $0[..<(4 * count * width)]))
        }
      }
    }
  }
}
