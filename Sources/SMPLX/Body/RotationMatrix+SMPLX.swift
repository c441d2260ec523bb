import Compute
import Foundation

extension RotationMatrix {
  /// Rodrigues' formula as the `smplx` package computes it: the angle is `|r + 1e-8|` (added to
  /// each component), the axis `r / angle`, `I + sin K + (1 - cos) K^2`. Differs from the exact
  /// rotation by at most about 2e-8, and by being not quite orthonormal.
  public init(smplxAxisAngle r: SIMD3<Double>) {
    let shifted = r + 1e-8
    let angle = shifted.length
    let k = r / angle
    let (s, c) = (sin(angle), 1 - cos(angle))
    // K^2 = k k^T - |k|^2 I with |k| as it is, not 1.
    let n = k.dot(k)
    self.init(
      SIMD3(1 + c * (k.x * k.x - n), c * k.x * k.y - s * k.z, c * k.x * k.z + s * k.y),
      SIMD3(c * k.x * k.y + s * k.z, 1 + c * (k.y * k.y - n), c * k.y * k.z - s * k.x),
      SIMD3(c * k.x * k.z - s * k.y, c * k.y * k.z + s * k.x, 1 + c * (k.z * k.z - n)))
  }
}
