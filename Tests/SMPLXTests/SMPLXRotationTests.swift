/// The rotations of bodies as the `smplx` package has them, against the formula and exact rotations.
import Compute
import Foundation
import Testing

@testable import SMPLX

@Suite struct SMPLXRotationTests {
  static func difference(_ a: RotationMatrix, _ b: RotationMatrix) -> Double {
    [a.row0 - b.row0, a.row1 - b.row1, a.row2 - b.row2].reduce(0) { worst, row in
      max(worst, abs(row.x), abs(row.y), abs(row.z))
    }
  }

  /// The smplx rule written out: angle |r + 1e-8|, K from r / angle, I + sin K + (1 - cos) K K.
  @Test func smplxRuleIsItsFormula() {
    var random = PhiloxRandom(seed: 19)
    for scale in [1e-9, 1e-7, 1e-3, 0.5, 3] {
      for _ in 0..<100 {
        let r = scale * direction(&random)
        let shifted = r + SIMD3(repeating: 1e-8)
        let angle = shifted.length
        let k = r / angle
        let skew = RotationMatrix(SIMD3(0, -k.z, k.y), SIMD3(k.z, 0, -k.x), SIMD3(-k.y, k.x, 0))
        let square = skew * skew
        let (s, c) = (sin(angle), 1 - cos(angle))
        let expected = RotationMatrix(
          SIMD3(1, 0, 0) + s * skew.row0 + c * square.row0,
          SIMD3(0, 1, 0) + s * skew.row1 + c * square.row1,
          SIMD3(0, 0, 1) + s * skew.row2 + c * square.row2)
        let rule = RotationMatrix(smplxAxisAngle: r)
        #expect(Self.difference(rule, expected) < 1e-15)
        #expect(Self.difference(rule, RotationMatrix(axisAngle: r)) < 4e-8)
      }
    }
    #expect(RotationMatrix(smplxAxisAngle: .zero) == .identity)
  }

  /// A vector of length one.
  private func direction(_ random: inout PhiloxRandom) -> SIMD3<Double> {
    while true {
      let v = SIMD3<Double>.random(in: -1..<1, using: &random)
      if v.length > 0.1, v.length < 1 { return v.normalized }
    }
  }
}
