/// Axis-angle, quaternions and matrices against closed forms, and random round trips.
import Foundation
import Testing

@testable import SMPLX

@Suite struct MotionRotationTests {
  /// Numbers in -1 ..< 1 that are the same in every run.
  struct Random {
    var state: UInt64
    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 52) - 1
    }
    mutating func direction() -> SIMD3<Double> {
      while true {
        let v = SIMD3(next(), next(), next())
        let n = dot(v, v)
        if n > 0.01, n < 1 { return v / n.squareRoot() }
      }
    }
  }

  static func difference(_ a: RotationMatrix, _ b: RotationMatrix) -> Double {
    [a.row0 - b.row0, a.row1 - b.row1, a.row2 - b.row2].reduce(0) { worst, row in
      max(worst, abs(row.x), abs(row.y), abs(row.z))
    }
  }

  @Test func quarterTurnsHaveClosedForms() {
    let half = Double.pi / 2
    let x = RotationMatrix(axisAngle: SIMD3(half, 0, 0))
    let y = RotationMatrix(axisAngle: SIMD3(0, half, 0))
    let z = RotationMatrix(axisAngle: SIMD3(0, 0, half))
    #expect(
      Self.difference(x, RotationMatrix(SIMD3(1, 0, 0), SIMD3(0, 0, -1), SIMD3(0, 1, 0))) < 1e-15)
    #expect(
      Self.difference(y, RotationMatrix(SIMD3(0, 0, 1), SIMD3(0, 1, 0), SIMD3(-1, 0, 0))) < 1e-15)
    #expect(
      Self.difference(z, RotationMatrix(SIMD3(0, -1, 0), SIMD3(1, 0, 0), SIMD3(0, 0, 1))) < 1e-15)
    // First about Z, then about X.
    let v = (x * z) * SIMD3(1, 0, 0)
    #expect(abs(v.x) < 1e-15 && abs(v.y) < 1e-15 && abs(v.z - 1) < 1e-15)
    #expect(Self.difference(RotationMatrix.yaw(half), y) < 1e-15)
  }

  @Test func zeroIsTheIdentity() {
    #expect(RotationMatrix(axisAngle: .zero) == .identity)
    #expect(UnitQuaternion(axisAngle: .zero) == .identity)
    #expect(UnitQuaternion.identity.axisAngle == .zero)
    #expect(RotationMatrix.identity.axisAngle == .zero)
  }

  /// Angles from far below the smallest float step of a pose to just under and at a half turn.
  @Test(arguments: [1e-12, 1e-9, 1e-6, 0.999e-3, 1.001e-3, 0.1, 1, 2, 3, 3.14159, Double.pi - 1e-9])
  func roundTripsKeepTheVector(angle: Double) {
    var random = Random(state: 7)
    for _ in 0..<200 {
      let r = angle * random.direction()
      let throughMatrix = RotationMatrix(axisAngle: r).axisAngle
      let throughQuaternion = UnitQuaternion(axisAngle: r).axisAngle
      for axis in 0..<3 {
        #expect(abs(throughMatrix[axis] - r[axis]) < 4e-15 * max(1, angle))
        #expect(abs(throughQuaternion[axis] - r[axis]) < 4e-15 * max(1, angle))
      }
    }
  }

  @Test func halfTurnsComeBackAsTheSameRotation() {
    var random = Random(state: 11)
    for _ in 0..<500 {
      let m = RotationMatrix(axisAngle: .pi * random.direction())
      let r = m.axisAngle
      #expect(abs(dot(r, r).squareRoot() - .pi) < 1e-14)
      #expect(Self.difference(RotationMatrix(axisAngle: r), m) < 1e-14)
    }
  }

  @Test func anglesBeyondAHalfTurnComeBackShorter() {
    var random = Random(state: 13)
    for _ in 0..<500 {
      let long = (Double.pi + 3 * (1 + random.next())) * random.direction()
      let m = RotationMatrix(axisAngle: long)
      let r = UnitQuaternion(axisAngle: long).axisAngle
      #expect(dot(r, r).squareRoot() <= .pi + 1e-15)
      #expect(Self.difference(RotationMatrix(axisAngle: r), m) < 1e-14)
    }
  }

  @Test func matricesAreOrthonormalAndProductsAgree() {
    var random = Random(state: 17)
    for _ in 0..<500 {
      let a = 2 * random.direction()
      let b = 2.5 * random.direction()
      let (ma, mb) = (RotationMatrix(axisAngle: a), RotationMatrix(axisAngle: b))
      #expect(Self.difference(ma * ma.transposed, .identity) < 1e-15)
      let q = UnitQuaternion(axisAngle: a) * UnitQuaternion(axisAngle: b)
      #expect(Self.difference(RotationMatrix(q), ma * mb) < 1e-14)
      #expect(dot(ma.row0, cross(ma.row1, ma.row2)) > 0.999)
    }
  }

  /// The smplx rule written out: angle |r + 1e-8|, K from r / angle, I + sin K + (1 - cos) K K.
  @Test func smplxRuleIsItsFormula() {
    var random = Random(state: 19)
    for scale in [1e-9, 1e-7, 1e-3, 0.5, 3] {
      for _ in 0..<100 {
        let r = scale * random.direction()
        let shifted = r + SIMD3(repeating: 1e-8)
        let angle = dot(shifted, shifted).squareRoot()
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

  @Test func slerpGoesAtConstantSpeedOnTheShorterArc() {
    var random = Random(state: 23)
    for _ in 0..<200 {
      let start = UnitQuaternion(axisAngle: 2 * random.direction())
      let axis = random.direction()
      let angle = 1.5 * (1 + random.next())
      let end = start * UnitQuaternion(axisAngle: angle * axis)
      for fraction in [0, 0.25, 0.5, 1] {
        let expected = RotationMatrix(start * UnitQuaternion(axisAngle: fraction * angle * axis))
        let between = UnitQuaternion.slerp(start, end, fraction)
        #expect(Self.difference(RotationMatrix(between), expected) < 1e-14)
        // The other sign of the same rotation must not send it the long way round.
        let opposite = UnitQuaternion(w: -end.w, v: -end.v)
        let same = UnitQuaternion.slerp(start, opposite, fraction)
        #expect(Self.difference(RotationMatrix(same), expected) < 1e-14)
      }
    }
  }

  @Test func slerpOfEqualEndsStays() {
    let q = UnitQuaternion(axisAngle: SIMD3(0.3, -0.2, 1))
    let r = UnitQuaternion.slerp(q, q, 0.37).axisAngle
    #expect(abs(r.x - 0.3) < 1e-15 && abs(r.y + 0.2) < 1e-15 && abs(r.z - 1) < 1e-15)
  }
}
