/// Axis-angle, quaternions and matrices against closed forms, and random round trips.
import Compute
import Foundation
import Testing

@Suite struct RotationTests {
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
    var random = PhiloxRandom(seed: 7)
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
    var random = PhiloxRandom(seed: 11)
    for _ in 0..<500 {
      let m = RotationMatrix(axisAngle: .pi * random.direction())
      let r = m.axisAngle
      #expect(abs(r.length - .pi) < 1e-14)
      #expect(Self.difference(RotationMatrix(axisAngle: r), m) < 1e-14)
    }
  }

  @Test func anglesBeyondAHalfTurnComeBackShorter() {
    var random = PhiloxRandom(seed: 13)
    for _ in 0..<500 {
      let long = (Double.pi + 3 * (1 + random.signed())) * random.direction()
      let m = RotationMatrix(axisAngle: long)
      let r = UnitQuaternion(axisAngle: long).axisAngle
      #expect(r.length <= .pi + 1e-15)
      #expect(Self.difference(RotationMatrix(axisAngle: r), m) < 1e-14)
    }
  }

  @Test func matricesAreOrthonormalAndProductsAgree() {
    var random = PhiloxRandom(seed: 17)
    for _ in 0..<500 {
      let a = 2 * random.direction()
      let b = 2.5 * random.direction()
      let (ma, mb) = (RotationMatrix(axisAngle: a), RotationMatrix(axisAngle: b))
      // A few roundings of numbers near one.
      #expect(Self.difference(ma * ma.transposed, .identity) < 2e-15)
      let q = UnitQuaternion(axisAngle: a) * UnitQuaternion(axisAngle: b)
      #expect(Self.difference(RotationMatrix(q), ma * mb) < 1e-14)
      #expect(ma.row0.dot(ma.row1.cross(ma.row2)) > 0.999)
    }
  }

  @Test func slerpGoesAtConstantSpeedOnTheShorterArc() {
    var random = PhiloxRandom(seed: 23)
    for _ in 0..<200 {
      let start = UnitQuaternion(axisAngle: 2 * random.direction())
      let axis = random.direction()
      let angle = 1.5 * (1 + random.signed())
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

extension PhiloxRandom {
  /// A number of -1 ..< 1.
  fileprivate mutating func signed() -> Double { Double.random(in: -1..<1, using: &self) }

  /// A vector of length one, each direction with the same probability.
  fileprivate mutating func direction() -> SIMD3<Double> {
    while true {
      let v = SIMD3<Double>.random(in: -1..<1, using: &self)
      let length = v.length
      if length > 0.1, length < 1 { return v / length }
    }
  }
}
